// SPDX-License-Identifier: Apache-2.0
#include "run/step_runner.hpp"

#include <algorithm>
#include <functional>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/stopwatch.hpp"
#include "millrace/error.hpp"
#include "step/profile_times.hpp"
#include "threads/cpu_budget.hpp"

namespace millrace {

namespace {

// Processes that share processors share them evenly. All of them ask, also those that were given a number.
int workers_for(const FitOptions& options) {
  if (options.cluster == nullptr) return worker_count(options.threads);
  const std::vector<Placement> places = placement(*options.cluster);
  return options.threads != 0 ? worker_count(options.threads) : places[options.cluster->rank()].threads();
}

void check_slices(std::int64_t slices, int ranks, std::int64_t batch) {
  const std::string have = counted(slices, "slice");
  if (slices < ranks)
    fail(ErrorKind::usage, "slices",
         have + " for " + std::to_string(ranks) + " processes, expected at least one for each");
  if (slices > std::min(most_slices, batch))
    fail(ErrorKind::usage, "slices",
         have + " of a batch of " + counted(batch, "row") + ", expected at most " +
             std::to_string(std::min(most_slices, batch)) +
             (slices == ranks ? ": a larger batch, or fewer processes" : ""));
}

// Whole batches have no gradient that could travel.
Wire checked_wire(const FitOptions& options) {
  const Wire wire = wire_of(options.wire);
  if (wire == Wire::bfloat16 && slices_of(options) == 1)
    fail(ErrorKind::usage, "wire",
         "bfloat16 for batches that are not cut into slices, expected 2 or more slices, several processes, or fp32");
  return wire;
}

}  // namespace

StepRunner::StepRunner(CompiledNetwork& compiled, std::int64_t rows, std::int64_t batch_size, const FitOptions& options)
    : compiled_(compiled),
      batch_size_(batch_size),
      tunes_(options.threads == 0),
      profiles_(options.profile),
      stop_(options.stop),
      ranks_(options.cluster),
      crew_(workers_for(options), compiled.store.kernels() == KernelChoice::portable),
      position_{options.seed, 0},
      step_(compiled.network, *compiled.objective.training_loss, compiled.updater, compiled.objective.metrics),
      tuner_(crew_.workers()),
      profile_(crew_.workers(), static_cast<int>(compiled.network.nodes().size())) {
  const std::int64_t slices = slices_of(options);
  const Wire wire = checked_wire(options);
  check_slices(slices, ranks_.size(), batch_size);
  const auto make_plan = [&](std::int64_t batch) {
    auto plan = std::make_unique<SlicedPlan>(compiled.network, compiled.store, compiled.objective.training_loss.get(),
                                             batch, slices, position_, ranks_);
    scratch_.reserve(crew_.workers(), plan->worker_scratch());
    return plan;
  };
  full_ = make_plan(batch_size);
  if (const std::int64_t rest = rows % batch_size; rest != 0) last_ = make_plan(rest);
  if (slices > 1) {
    sliced_ = std::make_unique<SlicedStep>(compiled, *full_, crew_.workers(), wire, ranks_);
    sliced_->watch(stop_);
  }
  if (compiled.lbfgs) compiled.lbfgs->forget_evaluation();
}

BatchSums StepRunner::train(TrainingState& at, const BatchSource& batch, const MetricSink& sink, double learning_rate,
                            std::optional<double> momentum) {
  position_.step = static_cast<std::uint64_t>(at.steps);
  if (tunes_) crew_.set_active(tuner_.threads());

  const Stopwatch watch;
  compiled_.updater.begin_step(at.iteration + 1, learning_rate, momentum);
  const auto evaluate = [&](const MetricSink& into) {
    Profile* const profile = profiles_ ? &profile_ : nullptr;
    SlicedPlan& plan = plan_for(batch.rows.size());
    return sliced_ ? sliced_->run(crew_, plan, scratch_, batch, into, profile)
                   : step_.run(crew_, *plan.plans().front(), scratch_, batch, into, profile);
  };
  LbfgsMinimizer* const lbfgs = compiled_.lbfgs.get();
  const BatchSums sums = lbfgs == nullptr
                             ? evaluate(sink)
                             : lbfgs->minimize(crew_, std::ref(evaluate), sink, learning_rate, at.curvature_pairs);
  if (std::ssize(batch.rows) != batch_size_) return sums;
  const double seconds = watch.seconds();
  times_.add(seconds);
  if (tunes_) tuner_.record(lbfgs == nullptr ? seconds : seconds / lbfgs->evaluations());
  return sums;
}

std::string StepRunner::first_non_finite(std::size_t rows, const std::vector<std::string>& feature_names) {
  const SlicedPlan& plan = plan_for(rows);
  NonFiniteValue first{compiled_.network.value_count() + 1, ""};
  const auto take = [&](const NonFiniteValue& value) {
    if (value.number < first.number) first = value;
  };
  for (std::int64_t i = 0; i < plan.owned().size(); ++i) take(plan.plans()[i]->first_non_finite(feature_names));
  const std::vector<std::string> numbers = ranks_.gather(std::to_string(first.number)),
                                 texts = ranks_.gather(first.text);
  for (std::size_t rank = 0; rank < texts.size(); ++rank) take({std::stoi(numbers[rank]), texts[rank]});
  return first.text;
}

bool StepRunner::stop_requested() const {
  if (sliced_) return sliced_->stopped();
  return stop_ != nullptr && stop_->load(std::memory_order_relaxed);
}

void StepRunner::diagnose(std::span<double> sums) {
  const bool on = !sums.empty() || checks_phases;
  step_.check_phases(on);
  if (sliced_) sliced_->check_phases(on);
  compiled_.updater.sum_squares_to(sums);
}

void StepRunner::report(History& history) const {
  history.step_microseconds = times_.median() * 1e6;
  history.threads = tunes_ ? tuner_.choice() : crew_.workers();
  history.thread_reason =
      tunes_ ? cpu_budget().reason + (tuner_.reason().empty() ? "" : "; " + tuner_.reason()) : "as asked";
  history.plan = full_->describe();
  if (last_) history.plan += last_->describe();
  if (!profiles_) return;
  history.phases = phase_times(profile_);
  history.layers = layer_times(profile_, compiled_.network);
}

}  // namespace millrace
