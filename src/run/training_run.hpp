// SPDX-License-Identifier: Apache-2.0
//
// One call of fit(): epochs of steps, validation, callbacks and saving after each epoch, and the final report.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "base/stopwatch.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/callbacks/callback_list.hpp"
#include "run/epoch_hooks.hpp"
#include "run/file_writers.hpp"
#include "run/step_runner.hpp"
#include "run/training_state.hpp"
#include "step/compiled_network.hpp"
#include "step/inference.hpp"
#include "table/batches.hpp"

namespace millrace {

class TrainingRun {
 public:
  /// Prepares everything that steps need. `data` and `validation` (may be null) are checked and prepared; they, `options`
  /// and `files` must outlive the run. Begins at the position `state`, which is not zero for a resumed run.
  TrainingRun(CompiledNetwork& compiled, TrainingState& state, const Dataset& data, const Dataset* validation,
              const FitOptions& options, const FileWriters& files, const EpochHooks& hooks);
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  /// Runs the remaining epochs.
  void train();
  /// Call it after train(): sets the model's final weights in the store, which may be averages or those of an earlier
  /// epoch.
  [[nodiscard]] History finish();
  /// Whether the weights and the state belong to the same step and are finite; also valid after train() has thrown.
  [[nodiscard]] bool whole() const { return whole_; }

 private:
  using Clock = std::chrono::steady_clock;

  void train_epoch();
  void train_step();
  /// Calls on_step, which may stop the run.
  void report_step(const BatchSums& sums);
  [[noreturn]] void report_non_finite(const BatchSource& batch, double loss);

  /// Validates, calls the callbacks and saves; the epoch's steps took `training_seconds`.
  void end_epoch(double training_seconds);
  /// Throws Error{non_finite} if a weight is not finite.
  void check_weights();
  [[nodiscard]] Epoch measured_epoch(double scheduled_rate);
  void save_when_due();
  /// Writes the checkpoint and the callbacks' files.
  void save();

  [[nodiscard]] CallbackContext callback_context();
  /// See CallbackContext.
  [[nodiscard]] std::vector<float> weights_after(std::int64_t epochs);
  /// The learning rate at this count of the schedule, before the callbacks' factor.
  [[nodiscard]] double rate_at(std::int64_t count) const {
    return state_.learning_rate ? *state_.learning_rate : schedule_->learning_rate(count);
  }
  [[nodiscard]] bool finished() const { return state_.epoch >= options_.epochs || !state_.stopped.empty(); }
  [[nodiscard]] bool whole_epoch() const { return state_.step == batches_.count(); }
  [[nodiscard]] bool averages_are_the_model() const {
    return compiled_.updater.keeps_averages() && state_.iteration > 0;
  }

  CompiledNetwork& compiled_;
  TrainingState& state_;
  const Dataset& data_;
  const Dataset* validation_;
  const FitOptions& options_;
  const FileWriters& files_;
  const EpochHooks& hooks_;
  const std::vector<float> loss_weights_;  // by table row, or empty
  CallbackList callbacks_;
  Batches batches_;
  StepRunner step_runner_;
  Inference inference_;
  std::shared_ptr<const Schedule> schedule_;
  const std::int64_t first_step_;
  bool whole_ = true;
  double learning_rate_ = 0;  // of the last step
  double saving_seconds_ = 0;
  Stopwatch watch_;
  Clock::time_point next_save_ = Clock::now();
};

}  // namespace millrace
