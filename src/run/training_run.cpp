// SPDX-License-Identifier: Apache-2.0
#include "run/training_run.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "millrace/error.hpp"
#include "run/schedule.hpp"
#include "step/non_finite.hpp"
#include "table/class_weights.hpp"

namespace millrace {

namespace {

SliceShare share_of(const FitOptions& options) {
  const Cluster* const cluster = options.cluster;
  return cluster == nullptr ? SliceShare{slices_of(options), 1, 0}
                            : SliceShare{slices_of(options), cluster->size(), cluster->rank()};
}

}  // namespace

TrainingRun::TrainingRun(CompiledNetwork& compiled, TrainingState& state, const Dataset& data,
                         const Dataset* validation, const FitOptions& options, RunHost& host)
    : compiled_(compiled),
      state_(state),
      data_(data),
      validation_(validation),
      options_(options),
      host_(host),
      loss_weights_(options.class_weight.empty() ? data.weights : class_weighted_rows(data, options.class_weight)),
      callbacks_(
          options.callbacks,
          {compiled.objective.metrics, validation != nullptr, options.evaluate_training, compiled.network.semantics()},
          state.callbacks),
      // The order of rows changes rounding errors, which a line search would mistake for slopes.
      batches_(data, std::min(options.batch_size, data.rows()), options.shuffle && !compiled.lbfgs, options.seed,
               share_of(options)),
      step_runner_(compiled, data.rows(), batches_.batch_size(), options),
      inference_(compiled.network, compiled.store, &compiled.objective),
      schedule_(schedule_of_run(compiled, state, options.epochs, batches_.count())),
      first_step_(state.steps),
      saves_within_epochs_(!options.checkpoint.empty() &&
                           (options.checkpoint_steps > 0 || options.checkpoint_seconds > 0)),
      steps_saved_(state.steps) {
  if (!options.checkpoint.empty() && options.cluster == nullptr)
    beginning_.emplace(compiled, state, checkpoint_folder());
  if (callbacks_.read_layers())
    recorder_.emplace(compiled, validation != nullptr ? *validation : data, step_runner_.crew().workers());
  steps_may_stop_ = step_runner_.ranks().first(options.on_step.may_stop());
  epochs_may_stop_ = step_runner_.ranks().first(options.on_epoch.may_stop());
  reserve_sums();
  // Checkpoints of version 0.1 do not have the steps of epochs.
  for (std::size_t i = 0; i < state.history.size(); ++i) {
    if (state.history[i].steps == 0) state.history[i].steps = (static_cast<std::int64_t>(i) + 1) * batches_.count();
  }
}

std::string TrainingRun::checkpoint_folder() const {
  return std::filesystem::path(options_.checkpoint).parent_path().string();
}

void TrainingRun::reserve_sums() {
  const MetricSet& metrics = compiled_.objective.metrics;
  state_.metric_sums.resize(metrics.state_size());
  if (metrics.keeps_rows())
    state_.kept.reserve(data_.rows(), compiled_.network.output_width(), data_.targets.columns,
                        metrics.weights_of(data_.weights) != nullptr);
}

void TrainingRun::train() {
  step_runner_.crew().run([this](Crew&) {
    try {
      train_epochs();
    } catch (const NonFiniteError& failure) {
      if (whole_ || step_runner_.ranks().size() > 1) throw;
      if (options_.before_saving) options_.before_saving();  // data that have changed meanwhile are the cause
      throw NonFiniteError(failure.who(), failure.found() + recover(), failure.advice());
    }
    // Save even after 0 epochs, so that no files of an earlier run remain.
    save();
  });
}

void TrainingRun::train_epochs() {
  if (options_.on_begin) options_.on_begin();
  while (!finished()) {
    const Stopwatch watch;
    train_epoch();
    if (whole_epoch()) end_epoch(watch.seconds());
  }
}

void TrainingRun::begin_epoch() {
  const auto epoch = static_cast<std::uint64_t>(state_.all_epochs());
  batches_.begin_epoch(epoch);
  layers_.clear();
  host_.begin_epoch(epoch);
}

void TrainingRun::train_epoch() {
  begin_epoch();
  note_rate();
  while (!whole_epoch() && state_.stopped.empty()) {
    train_step();
    if (!step_runner_.stop_requested()) {
      if (saves_within_epochs_) save_within_epoch();
      continue;
    }
    stop();
  }
  host_.end_epoch();
}

void TrainingRun::stop() {
  save();
  fail(ErrorKind::interrupted, "fit",
       "stopped in epoch " + std::to_string(state_.epoch + 1) + " after step " + std::to_string(state_.step) + " of " +
           std::to_string(batches_.count()) +
           (options_.checkpoint.empty() ? ""
                                        : "; the state is saved in " + options_.checkpoint + ", resume to continue"));
}

BatchSource TrainingRun::next_batch() {
  batches_.begin_batch(state_.step);
  const auto by_row = [](const std::vector<float>& weights) { return weights.empty() ? nullptr : weights.data(); };
  return {data_.features,
          data_.targets,
          by_row(loss_weights_),
          batches_.rows_of_batch(state_.step),
          compiled_.objective.metrics.weights_of(data_.weights),
          data_.folds.empty() ? nullptr : data_.folds.data()};
}

BatchSums TrainingRun::run_step(const BatchSource& batch) {
  const MetricSink sink{state_.metric_sums, compiled_.objective.metrics.keeps_rows() ? &state_.kept : nullptr,
                        state_.step * batches_.batch_size()};
  const std::int64_t count = schedule_count(compiled_.pace, state_, state_.steps);
  learning_rate_ = rate_at(count) * state_.rate_scale;
  return step_runner_.train(state_, batch, sink, learning_rate_, schedule_->momentum(count));
}

void TrainingRun::count_step(const BatchSource& batch, const BatchSums& sums) {
  // scikit-learn averages the batches' losses by their numbers of rows, even if rows have weights.
  const bool by_rows = compiled_.network.semantics() == Semantics::sklearn;
  const double weight = by_rows ? static_cast<double>(batch.rows.size()) : sums.weight;
  state_.loss_sum += by_rows ? sums.mean() * weight : sums.loss + sums.penalty * weight;
  state_.loss_weight += weight;
  state_.iteration += compiled_.updater.accumulated() == 0 ? 1 : 0;
  state_.steps += 1;
  state_.step += 1;
}

void TrainingRun::train_step() {
  const BatchSource batch = next_batch();
  whole_ = false;
  const bool records = records_step();
  if (records) recorder_->before_step(step_runner_.crew());
  const BatchSums sums = run_step(batch);
  if (records) layers_ = recorder_->after_step(step_runner_.crew());
  if (compiled_.lbfgs && !compiled_.lbfgs->converged().empty())
    state_.stopped = "after epoch " + std::to_string(state_.epoch + 1) + ": " + compiled_.lbfgs->converged();
  if (!std::isfinite(sums.loss) || !std::isfinite(sums.penalty)) report_non_finite(batch, sums.mean());
  count_step(batch, sums);
  whole_ = true;
  report_step(sums);
}

bool TrainingRun::records_step() const {
  if (!recorder_ || state_.step + 1 != batches_.count()) return false;
  return records_epoch(state_.epoch + 1, options_.epochs,
                       record_distance(compiled_.network.weight_count(), data_.rows(), options_.epochs));
}

// In a cluster the answer of rank 0 counts.
template <class Event>
bool TrainingRun::proceed(bool may_stop, const Watcher<Event>& watcher, const Event& event) {
  bool stops = false;
  try {
    stops = watcher && watcher(event) == Proceed::no;
  } catch (...) {  // also Ctrl-C, if Python raises it within a callback of the user
    save_before_throwing();
    throw;
  }
  return may_stop ? !step_runner_.ranks().first(stops) : true;
}

void TrainingRun::report_step(const BatchSums& sums) {
  if (!options_.on_step && !steps_may_stop_) return;
  const bool proceeds = proceed(steps_may_stop_, options_.on_step,
                                StepReport{.epoch = state_.epoch + 1,
                                           .epochs = options_.epochs,
                                           .step = state_.step,
                                           .steps = batches_.count(),
                                           .loss = sums.mean(),
                                           .mean_loss = state_.mean_loss(),
                                           .learning_rate = learning_rate_});
  if (!proceeds)
    state_.stopped =
        "by on_step, in epoch " + std::to_string(state_.epoch + 1) + " after step " + std::to_string(state_.step);
}

void TrainingRun::report_non_finite(const BatchSource& batch, double loss) {
  std::string found = "the loss is " + number_text(loss) + " in epoch " + std::to_string(state_.epoch + 1) + ", step " +
                      std::to_string(state_.step + 1) + " (update " + std::to_string(state_.iteration + 1) +
                      "): " + step_runner_.first_non_finite(batch.rows.size(), data_.feature_names);
  // The ranks of a cluster do not repeat the step.
  if (step_runner_.ranks().size() > 1) found += text_of({.step = state_.step, .place = "", .norms = {}}, "");
  throw NonFiniteError("fit", found, advice(batch));
}

void TrainingRun::end_epoch(double training_seconds) {
  const Stopwatch watch;
  check_weights();
  const double scheduled_rate = rate_at(schedule_count(compiled_.pace, state_, state_.steps - 1));
  std::optional<Epoch> measured = measured_epoch();
  if (!measured) stop();
  Epoch& epoch = *measured;
  // on_step may have set another rate since the last step. A resumed run may have no step of its own in this epoch.
  epoch.learning_rate = state_.steps > first_step_ ? learning_rate_ : scheduled_rate * state_.rate_scale;
  epoch.seconds = training_seconds + watch.seconds();
  state_.history.push_back(epoch);
  state_.epoch += 1;
  begin_sums();
  CallbackContext context = callback_context();
  context.scheduled_rate = scheduled_rate;
  callbacks_.epoch_end(epoch, context);
  layers_.clear();
  save_when_due();
  if (!proceed(epochs_may_stop_, options_.on_epoch, epoch) && state_.stopped.empty())
    state_.stopped = "by on_epoch, after epoch " + std::to_string(epoch.number);
}

void TrainingRun::begin_sums() {
  state_.step = 0;
  state_.loss_sum = 0;
  state_.loss_weight = 0;
  std::fill(state_.metric_sums.begin(), state_.metric_sums.end(), 0.0);
}

// The loss of a step shows whether the updates before it were finite; only this check covers the epoch's last update.
void TrainingRun::check_weights() {
  const std::string name = compiled_.store.first_non_finite();
  if (name.empty()) return;
  whole_ = false;
  throw NonFiniteError(
      "fit", name + " is not finite after epoch " + std::to_string(state_.epoch + 1),
      "lower the learning rate (" + number_text(learning_rate_) + "), or look for infinities in the data");
}

std::optional<Evaluation> TrainingRun::evaluated(const Dataset& rows) {
  return inference_.evaluate_until(step_runner_.crew(), {rows}, options_.stop, &step_runner_.ranks());
}

std::optional<Epoch> TrainingRun::measured_epoch() {
  const MetricSet& metrics = compiled_.objective.metrics;
  Epoch epoch;
  epoch.number = state_.epoch + 1;
  epoch.epochs = options_.epochs;
  epoch.loss = state_.mean_loss();
  epoch.steps = steps_of_history() + batches_.count();
  epoch.metrics = metrics.results(state_.metric_sums, state_.kept.first(metrics.keeps_rows() ? data_.rows() : 0));
  const Stopwatch watch;
  if (validation_ != nullptr) {
    epoch.validated = true;
    std::optional<Evaluation> found = evaluated(*validation_);
    if (!found) return {};
    epoch.validation = *std::move(found);
  }
  if (options_.evaluate_training) {
    epoch.training_evaluated = true;
    std::optional<Evaluation> found = evaluated(data_);
    if (!found) return {};
    epoch.training = *std::move(found);
  }
  validation_seconds_ += watch.seconds();
  return epoch;
}

void TrainingRun::save_when_due() {
  const bool writes = !options_.checkpoint.empty() || !callbacks_.empty();
  const bool asked = options_.checkpoint_steps > 0 && state_.steps - steps_saved_ >= options_.checkpoint_steps;
  if (!writes || finished() || (!asked && Clock::now() < next_save_)) return;
  const Clock::time_point begin = Clock::now();
  save();
  // Saving waits for the disk: pause so that a run of short epochs spends at most a twentieth of its time on it.
  next_save_ = Clock::now() + 20 * (Clock::now() - begin);
}

// Written while training goes on. A write that takes longer than the time to the next one delays that one.
void TrainingRun::save_within_epoch() {
  const bool by_steps = options_.checkpoint_steps > 0 && state_.steps - steps_saved_ >= options_.checkpoint_steps;
  const bool by_time = options_.checkpoint_seconds > 0 &&
                       Clock::now() - last_save_ >= std::chrono::duration<double>(options_.checkpoint_seconds);
  if (whole_epoch() || (!by_steps && !by_time) || host_.is_writing()) return;
  const Stopwatch watch;
  complete_state();
  host_.begin_checkpoint();
  note_saved();
  saving_seconds_ += watch.seconds();
}

void TrainingRun::save() {
  const Stopwatch watch;
  complete_state();
  host_.save_checkpoint();
  note_saved();
  if (step_runner_.ranks().rank() == 0) callbacks_.log(callback_context());
  saving_seconds_ += watch.seconds();
}

// The caller's exception is thrown on: it says more than a failure to save, which keeps the checkpoint before.
void TrainingRun::save_before_throwing() {
  try {
    save();
  } catch (const std::exception& error) {
    if (options_.on_note) options_.on_note(std::string("the run ends early, and is not saved: ") + error.what());
  }
}

void TrainingRun::complete_state() {
  if (options_.before_saving) options_.before_saving();
  CallbackContext context = callback_context();
  callbacks_.keep(context, state_.callbacks);
  state_.model_tensors = finished() && averages_are_the_model() ? buffer_tensors(Updater::averages_name) : "";
  if (const CallbackList::Entry* const last = callbacks_.restores(); finished() && last != nullptr)
    state_.model_tensors = callback_tensors(last->name);
}

void TrainingRun::note_saved() {
  steps_saved_ = state_.steps;
  last_save_ = Clock::now();
  beginning_.reset();
}

CallbackContext TrainingRun::callback_context() {
  return {.folder = host_.folder(),
          .history = state_.history,
          .weights = [this] { return compiled_.store.flat_values(ParameterStore::weights); },
          .weights_after = [this](std::int64_t epochs) { return weights_after(epochs); },
          .rate_scale = state_.rate_scale,
          .stopped = state_.stopped,
          .layers = layers_,
          .trained_epochs = state_.epoch + (whole_epoch() ? 1 : 0),
          .epoch_steps = steps_of_history() + batches_.count(),
          .writes_files = step_runner_.ranks().rank() == 0,
          .write_model = [this](const std::string& path, std::span<const float> weights,
                                std::int64_t epochs) { host_.write_model(path, weights, epochs); }};
}

std::vector<float> TrainingRun::weights_after(std::int64_t epochs) {
  if (epochs == state_.epoch && state_.step == 0) return compiled_.store.flat_values(ParameterStore::weights);
  const std::span<const float> kept = callbacks_.weights_after(epochs);
  return {kept.begin(), kept.end()};
}

History TrainingRun::finish() {
  History history;
  history.seconds = watch_.seconds() - saving_seconds_;
  history.validation_seconds = validation_seconds_;
  history.saving_seconds = saving_seconds_;
  history.epochs = state_.history;
  history.steps = state_.steps - first_step_;
  history.stopped = state_.stopped;
  step_runner_.report(history);
  if (averages_are_the_model()) compiled_.updater.use_averages();
  if (const CallbackList::Entry* const last = callbacks_.restores(); last != nullptr) {
    history.weights_epoch = last->callback->restores_epoch();
    compiled_.store.load(ParameterStore::weights, last->callback->state().weights);
  }
  return history;
}

}  // namespace millrace
