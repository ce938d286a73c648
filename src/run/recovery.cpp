// SPDX-License-Identifier: Apache-2.0
//
// What a run does after a step whose numbers are not finite. Steps give the same bits whenever they are repeated, so
// nothing is kept for this while all is well: the run goes back to what it saved last and trains up to the failure once
// more. At the end of the last whole epoch it saves history, best weights and state, as after an interruption; then it
// looks at the steps before the failure.
#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "millrace/error.hpp"
#include "run/schedule.hpp"
#include "run/step_result.hpp"
#include "run/training_run.hpp"
#include "step/non_finite.hpp"

namespace millrace {

namespace {

constexpr std::size_t most_norms = 5, most_rows = 8;

// "3, 17, 40 and 29 more", counted from 1.
std::string rows_text(std::span<const std::int64_t> rows) {
  std::vector<std::string> numbers;
  for (const std::int64_t row : rows) numbers.push_back(std::to_string(row + 1));
  return listed(numbers, most_rows);
}

}  // namespace

std::string TrainingRun::advice(const BatchSource& batch) {
  constexpr float large = 100;
  const auto largest = [&](const MatrixView& table) {
    float found = 0;
    for (const std::int64_t row : batch.rows)
      for (std::int64_t c = 0; c < table.columns; ++c) found = std::max(found, std::abs(table.row(row)[c]));
    return found;
  };
  const std::string rate = "lower the learning rate (" + number_text(learning_rate_) + ")";
  if (compiled_.objective.loss->targets() == TargetKind::numbers) {
    if (const float target = largest(batch.targets); target > large)
      return "scale the target, which reaches " + number_text(target) + " in this batch, or " + rate;
  }
  if (const float feature = largest(batch.features); feature > large)
    return "scale the features, which reach " + number_text(feature) + " in this batch, or " + rate;
  return rate + ", or scale the features";
}

// Errors in here would hide the failure itself: whatever goes wrong, its own message is reported.
std::string TrainingRun::recover() {
  const TrainingState failed = state_;
  const std::int64_t failed_step = std::min(state_.step, batches_.count() - 1);  // a failed update is the last step's
  std::string found, kept;
  try {
    host_.end_epoch();
    if (!go_back() || !repeat_epochs(failed)) return "";
    if (state_.epoch > 0 || state_.step > 0) {
      save();
      kept = "; the state " + place_in_run(state_) + " is kept" +
             (options_.checkpoint.empty() ? "" : " in " + options_.checkpoint);
    }
    const RunSnapshot whole(compiled_, state_, checkpoint_folder());
    const Examined examined = examine(failed_step);
    whole.restore(compiled_, state_);
    found = text_of(examined, write_failure(examined.step));
    whole.restore(compiled_, state_);
    whole_ = true;
  } catch (const std::exception&) {
    whole_ = false;
  }
  return found + kept;
}

// To the state that was saved last.
bool TrainingRun::go_back() {
  if (beginning_) {
    beginning_->restore(compiled_, state_);
  } else if (!host_.load_checkpoint()) {
    return false;
  }
  reserve_sums();
  return true;
}

void TrainingRun::note_rate() {
  const Rate* const last = rates_.empty() ? nullptr : &rates_.back();
  if (last == nullptr || last->scale != state_.rate_scale || last->set != state_.learning_rate)
    rates_.push_back({state_.epoch, state_.rate_scale, state_.learning_rate});
}

double TrainingRun::repeat_step() {
  if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed))
    fail(ErrorKind::interrupted, "fit", "stopped while looking at a failed step, expected time to finish");
  const BatchSource next = next_batch();
  const BatchSums sums = run_step(next);
  count_step(next, sums);
  return sums.mean();
}

// Returns false if the epochs do not give the losses that they gave before, because the caller's functions have changed
// weights or rates.
bool TrainingRun::repeat_epochs(const TrainingState& failed) {
  for (; state_.epoch < failed.epoch; ++state_.epoch) {
    begin_epoch();
    const auto later = std::ranges::upper_bound(rates_, state_.epoch, {}, &Rate::epoch);
    if (later == rates_.begin()) return false;
    const Rate& rate = *std::prev(later);
    state_.rate_scale = rate.scale;
    state_.learning_rate = rate.set;
    while (!whole_epoch()) repeat_step();
    host_.end_epoch();
    if (state_.mean_loss() != failed.history.at(static_cast<std::size_t>(state_.epoch)).loss) return false;
    begin_sums();
  }
  state_.history = failed.history;
  state_.rate_scale = failed.rate_scale;
  state_.learning_rate = failed.learning_rate;
  return state_.step <= failed.step;
}

// Repeats the steps of the epoch up to the one that failed and checks every phase of them. The first that makes numbers
// which are not finite is the one to look at: the loss of a later step may be the first to show it.
TrainingRun::Examined TrainingRun::examine(std::int64_t failed_step) {
  Examined found{failed_step, {}, {}};
  begin_epoch();
  while (state_.step <= failed_step && found.place.empty()) {
    std::vector<double> squares(compiled_.network.parameters().size());
    step_runner_.diagnose(squares);
    try {
      if (const double loss = repeat_step(); std::isfinite(loss)) {
        found.norms.push_back(std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0)));
      } else if (state_.step <= failed_step) {  // the message tells the loss of the failed step already
        found.place = "the loss is " + number_text(loss) + ", though every layer's output is finite";
        found.step = state_.step - 1;
      }
    } catch (const NonFiniteError& error) {
      found.place = error.found();
      found.step = state_.step;
    }
    step_runner_.diagnose({});
  }
  host_.end_epoch();
  return found;
}

// Writes the state before a step of this epoch, and its batch. Returns the path of the file, empty for none.
std::string TrainingRun::write_failure(std::int64_t step) {
  // A line search depends on its evaluations before, which are not part of the state.
  if (options_.failure.empty() || compiled_.lbfgs) return "";
  begin_epoch();
  while (state_.step < step) repeat_step();
  const std::int64_t count = schedule_count(compiled_.pace, state_, state_.steps);
  const RunSnapshot before(compiled_, state_, checkpoint_folder());
  const BatchSource next = next_batch();
  const std::string result = result_of_step(run_step(next).mean(), compiled_.store);
  before.restore(compiled_, state_);
  host_.write_failure({.batch = next,
                       .epoch = state_.epoch + 1,
                       .step = step + 1,
                       .learning_rate = rate_at(count) * state_.rate_scale,
                       .momentum = schedule_->momentum(count),
                       .result = result});
  host_.end_epoch();
  return options_.failure;
}

std::string TrainingRun::text_of(const Examined& found, const std::string& bundle) const {
  std::string text;
  if (!found.place.empty()) text += "; in step " + std::to_string(found.step + 1) + " " + found.place;
  text += "; the batch of that step has the rows " + rows_text(batches_.rows_of_batch(found.step)) + " of " +
          (data_.source.empty() ? "the data" : data_.source);
  if (!found.norms.empty()) text += "; norms of the gradients before it:";
  for (std::size_t i = found.norms.size() - std::min(found.norms.size(), most_norms); i < found.norms.size(); ++i)
    text += " " + number_text(std::round(found.norms[i] * 1000) / 1000);
  return text + (bundle.empty() ? "" : "; millrace replay " + bundle + " repeats it");
}

}  // namespace millrace
