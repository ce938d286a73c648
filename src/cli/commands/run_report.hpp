// SPDX-License-Identifier: Apache-2.0
//
// The page DIR/report.html, made by millrace train --report and by millrace report.
#pragma once

#include <string>

#include "cli/commands/run_folder.hpp"
#include "cli/commands/training.hpp"
#include "report/measure/rows.hpp"

namespace millrace::cli {

/// The rows that a report measures the model on, and what they are.
struct ReportRows {
  report::MeasuredRows rows;
  std::string rows_are;           ///< "the 114 rows held out of training"
  bool include_training = false;  ///< whether the model was trained on some of them
};

/// Adds what the model does on these rows, and their columns.
void add_rows(const Model& model, const RunFolder& run, const ReportRows& rows, const report::MeasureOptions& options,
              report::RunReport& report);

/// What is known at the end of a training only.
struct TrainingFacts {
  const Training& training;
  double rows = 0;             ///< that trained
  double reading_seconds = 0;  ///< reading and preparing the table
  double export_seconds = 0;
};
void add_training(const TrainingFacts& facts, report::RunReport& report);

}  // namespace millrace::cli
