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
#include "run/layer_recorder.hpp"
#include "run/run_host.hpp"
#include "run/run_snapshot.hpp"
#include "run/step_runner.hpp"
#include "run/training_state.hpp"
#include "step/compiled_network.hpp"
#include "step/inference.hpp"
#include "table/batches.hpp"

namespace millrace {

class TrainingRun {
 public:
  /// Prepares everything that steps need. `data` and `validation` (may be null) are checked and prepared; they, `options`
  /// and `host` must outlive the run. Begins at the position `state`, which is not zero for a resumed run.
  TrainingRun(CompiledNetwork& compiled, TrainingState& state, const Dataset& data, const Dataset* validation,
              const FitOptions& options, RunHost& host);
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

  void train_epochs();
  void train_epoch();
  void begin_epoch();
  void train_step();
  /// Whether the step after the present one is the last of an epoch that is recorded.
  [[nodiscard]] bool records_step() const;
  /// Empty: the current folder.
  [[nodiscard]] std::string checkpoint_folder() const;
  /// Makes room for the sums of an epoch, and for its rows if a metric keeps them.
  void reserve_sums();
  /// The batch of the step after the present one, whose rows it brings into memory.
  [[nodiscard]] BatchSource next_batch();
  BatchSums run_step(const BatchSource& batch);
  /// Adds a step to the state.
  void count_step(const BatchSource& batch, const BatchSums& sums);
  /// Resets the sums of an epoch at its end.
  void begin_sums();
  void save_within_epoch();
  /// Brings the state up to date before it is saved.
  void complete_state();
  void note_saved();

  // After a failed step (recovery.cpp).
  struct Rate {
    std::int64_t epoch = 0;  ///< the first epoch with this rate, from 0
    double scale = 1;
    std::optional<double> set;
  };
  /// Notes the rate of the epoch that begins, if it is not that of the epoch before.
  void note_rate();
  /// Goes back to the end of the last whole epoch, saves what the run had there, and examines the step that failed.
  /// Returns what it found, for the end of the message: "; the state after epoch 3 is kept; ..."; empty: nothing.
  [[nodiscard]] std::string recover();
  [[nodiscard]] bool go_back();
  [[nodiscard]] bool repeat_epochs(const TrainingState& failed);
  /// Returns the loss.
  double repeat_step();
  struct Examined {
    std::int64_t step = 0;      ///< of the epoch, from 0: the first that made such numbers
    std::string place;          ///< where they appeared; empty: not found
    std::vector<double> norms;  ///< of the gradients of the steps before it
  };
  [[nodiscard]] Examined examine(std::int64_t failed_step);
  [[nodiscard]] std::string write_failure(std::int64_t step);
  [[nodiscard]] std::string text_of(const Examined& found, const std::string& bundle) const;
  /// Calls on_step, which may stop the run.
  void report_step(const BatchSums& sums);
  template <class Event>
  bool proceed(bool may_stop, const Watcher<Event>& watcher, const Event& event);
  [[noreturn]] void report_non_finite(const BatchSource& batch, double loss);
  /// What most likely made numbers of this batch overflow, and what to do about it.
  [[nodiscard]] std::string advice(const BatchSource& batch);

  /// Validates, calls the callbacks and saves; the epoch's steps took `training_seconds`.
  void end_epoch(double training_seconds);
  /// Throws Error{non_finite} if a weight is not finite.
  void check_weights();
  /// Nothing if the run shall stop while rows are evaluated.
  [[nodiscard]] std::optional<Epoch> measured_epoch();
  [[nodiscard]] std::optional<Evaluation> evaluated(const Dataset& rows);
  /// Saves the state, and throws Error{interrupted}.
  [[noreturn]] void stop();
  void save_when_due();
  /// Writes the checkpoint and the callbacks' files.
  void save();
  /// The same between two steps, after a callback of the caller has thrown. A failure becomes a note.
  void save_before_throwing();

  [[nodiscard]] CallbackContext callback_context();
  /// See CallbackContext.
  [[nodiscard]] std::vector<float> weights_after(std::int64_t epochs);
  /// The learning rate at this count of the schedule, before the callbacks' factor.
  [[nodiscard]] double rate_at(std::int64_t count) const {
    return state_.learning_rate ? *state_.learning_rate : schedule_->learning_rate(count);
  }
  /// A run that was interrupted after the last step of an epoch has that epoch still to end.
  [[nodiscard]] bool finished() const {
    return state_.epoch >= options_.epochs || (!state_.stopped.empty() && !whole_epoch());
  }
  [[nodiscard]] bool whole_epoch() const { return state_.step == batches_.count(); }
  [[nodiscard]] std::int64_t steps_of_history() const {
    return state_.history.empty() ? 0 : state_.history.back().steps;
  }
  [[nodiscard]] bool averages_are_the_model() const {
    return compiled_.updater.keeps_averages() && state_.iteration > 0;
  }

  CompiledNetwork& compiled_;
  TrainingState& state_;
  const Dataset& data_;
  const Dataset* validation_;
  const FitOptions& options_;
  RunHost& host_;
  const std::vector<float> loss_weights_;  // by table row, or empty
  CallbackList callbacks_;
  Batches batches_;
  StepRunner step_runner_;
  Inference inference_;
  std::optional<LayerRecorder> recorder_;  // if a callback reads what it records
  std::vector<LayerRecord> layers_;        // of the epoch; empty: it was not recorded
  std::shared_ptr<const Schedule> schedule_;
  const std::int64_t first_step_;
  const bool saves_within_epochs_;
  bool steps_may_stop_ = false, epochs_may_stop_ = false;  // whether on_step and on_epoch of rank 0 can end the run
  bool whole_ = true;
  double learning_rate_ = 0;  // of the last step
  double saving_seconds_ = 0, validation_seconds_ = 0;
  Stopwatch watch_;
  Clock::time_point next_save_ = Clock::now(), last_save_ = Clock::now();
  std::int64_t steps_saved_ = 0;          // steps of the state that was saved last
  std::vector<Rate> rates_;               // of this process, in the order of the epochs
  std::optional<RunSnapshot> beginning_;  // until the first save of a checkpoint
};

}  // namespace millrace
