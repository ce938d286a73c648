// SPDX-License-Identifier: Apache-2.0
//
// What TensorBoard shows of a run beside its epochs: the settings, in the tab HPARAMS beside the last losses and metrics,
// and precision-recall curves. Written at the end of the run, into an event file of its own.
#pragma once

#include <string>
#include <vector>

#include "millrace/model.hpp"
#include "report/run_report.hpp"

namespace millrace::report {

struct RunEvents {
  std::vector<Fact> settings;     ///< as text; numbers and true or false are written as such
  double began = 0, ended = 0;    ///< seconds since 1970
  std::int64_t epoch = 0;         ///< the step of the curves
  const Dataset* rows = nullptr;  ///< that the curves are of; null: no curves
  int threads = 0;
};

/// Writes into `folder`, in place of an earlier file of this function. Curves: of the second of two classes, or of each of
/// up to 20 classes against all others, if the scores are probabilities. Throws as EventFile::write().
void write_run_events(const std::string& folder, const Model& model, const RunEvents& events);

}  // namespace millrace::report
