// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   struct Watch : Observer {
//     void step_end(const StepReport& step) override { lost |= step.loss > 100; }
//     bool wants_stop() const override { return lost; }
//     bool lost = false;
//   } watch;
//   model.fit(data, {.epochs = 10, .observer = &watch});
#pragma once

#include <cstdint>

namespace millrace {

struct Epoch;

/// A step that has ended.
struct StepReport {
  std::int64_t epoch = 0;            ///< from 1
  std::int64_t step = 0, steps = 0;  ///< of the epoch, from 1
  double loss = 0;                   ///< of this batch, before its update, penalties included
  double learning_rate = 0;
};

/// The caller's own eyes on a run. Called, as FitOptions::on_epoch and on_step are, by the thread that called fit(), in
/// the state its kernels want: denormal numbers are flushed to zero, and OpenMP has one thread. It may look at the
/// model: evaluate, predict, parameters and export_onnx give the weights of that moment; what would change the model
/// throws Error{usage}. An exception ends the run between two steps: the model keeps what it has learned.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void epoch_begin(std::int64_t /*epoch*/) {}
  virtual void step_end(const StepReport& /*step*/) {}
  virtual void epoch_end(const Epoch& /*epoch*/) {}
  /// Asked after every step and epoch: true ends the run there, as if it had been no longer.
  [[nodiscard]] virtual bool wants_stop() const { return false; }
};

}  // namespace millrace
