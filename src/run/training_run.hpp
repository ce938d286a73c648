// SPDX-License-Identifier: Apache-2.0
//
// One call of fit(), from its first step to its last: epochs of steps, what follows each of them, and the report.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "base/stopwatch.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/callbacks/callback_list.hpp"
#include "run/state.hpp"
#include "run/steps.hpp"
#include "step/compiled_network.hpp"
#include "step/inference.hpp"
#include "table/batches.hpp"

namespace millrace {

class TrainingRun {
 public:
  /// Makes everything that steps need. `data` is checked and has prepared features, as `validation` has, which may be
  /// null; all outlive the run. Starts at `state`, which is where a resumed run goes on.
  TrainingRun(CompiledNetwork& compiled, RunState& state, const Dataset& data, const Dataset* validation,
              const FitOptions& options, const RunFiles& files);
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  /// The epochs that are left.
  void train();
  /// After train(): the store gets the weights that the run ends with, averages or an earlier epoch's included.
  [[nodiscard]] History finish();
  /// Whether weights and state are those of the same step, and finite: also when train() has thrown.
  [[nodiscard]] bool whole() const { return whole_; }

 private:
  using Clock = std::chrono::steady_clock;

  void train_epoch();
  void train_step();
  /// Calls on_step, which may stop the run.
  void report_step(const BatchSums& sums);
  [[noreturn]] void report_non_finite(const BatchSource& batch, double loss);

  /// What follows the last step of an epoch, which took so long.
  void end_epoch(double training_seconds);
  void check_weights();
  [[nodiscard]] Epoch measured_epoch(double scheduled_rate);
  void save_when_due();
  /// Brings the state to the disk, and what callbacks write.
  void keep();

  [[nodiscard]] RunView view();
  /// See RunView.
  [[nodiscard]] std::vector<float> weights_after(std::int64_t epochs);
  /// The learning rate at this count of the schedule, before callbacks scale it.
  [[nodiscard]] double rate_at(std::int64_t count) const {
    return state_.learning_rate ? *state_.learning_rate : schedule_->learning_rate(count);
  }
  [[nodiscard]] bool finished() const { return state_.epoch >= options_.epochs || !state_.stopped.empty(); }
  [[nodiscard]] bool whole_epoch() const { return state_.step == batches_.count(); }
  /// Where no step was made there is nothing to average.
  [[nodiscard]] bool averages_are_the_model() const {
    return compiled_.updater.keeps_averages() && state_.iteration > 0;
  }

  CompiledNetwork& compiled_;
  RunState& state_;
  const Dataset& data_;
  const Dataset* validation_;
  const FitOptions& options_;
  const RunFiles& files_;
  const std::vector<float> loss_weights_;  // by table row, or empty
  RunCallbacks callbacks_;
  Batches batches_;
  RunSteps steps_;
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
