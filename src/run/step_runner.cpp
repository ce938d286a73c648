// SPDX-License-Identifier: Apache-2.0
#include "run/step_runner.hpp"

#include <algorithm>
#include <functional>

#include "base/stopwatch.hpp"
#include "step/profile_times.hpp"
#include "threads/cpu_budget.hpp"

namespace millrace {

namespace {

PlanOptions training_plan(std::int64_t rows, const StepPosition& position) {
  return {.batch = rows, .training = true, .position = &position};
}

}  // namespace

StepRunner::StepRunner(CompiledNetwork& compiled, std::int64_t rows, std::int64_t batch_size, const FitOptions& options)
    : compiled_(compiled),
      tunes_(options.threads == 0),
      profiles_(options.profile),
      crew_(worker_count(options.threads), compiled.store.kernels() == KernelChoice::portable),
      position_{options.seed, 0},
      full_(compiled.network, compiled.store, compiled.objective.training_loss.get(),
            training_plan(batch_size, position_)),
      step_(compiled.network, *compiled.objective.training_loss, compiled.updater, compiled.objective.metrics),
      tuner_(crew_.workers()),
      profile_(crew_.workers(), full_.kernel_count()) {
  if (const std::int64_t rest = rows % batch_size; rest != 0) {
    last_ = std::make_unique<Plan>(compiled.network, compiled.store, compiled.objective.training_loss.get(),
                                   training_plan(rest, position_));
  }
  scratch_.reserve(crew_.workers(), std::max(full_.worker_scratch(), last_ ? last_->worker_scratch() : 0));
  if (compiled.lbfgs) compiled.lbfgs->forget_evaluation();
}

BatchSums StepRunner::train(TrainingState& at, const BatchSource& batch, const MetricSink& sink, double learning_rate,
                            std::optional<double> momentum) {
  Plan& plan = this->plan(batch.rows.size());
  position_.step = static_cast<std::uint64_t>(at.steps);
  if (tunes_) crew_.set_active(tuner_.threads());

  const Stopwatch watch;
  compiled_.updater.begin_step(at.iteration + 1, learning_rate, momentum);
  const auto evaluate = [&](const MetricSink& into) {
    return step_.run(crew_, plan, scratch_, batch, into, profiles_ ? &profile_ : nullptr);
  };
  LbfgsMinimizer* const lbfgs = compiled_.lbfgs.get();
  const BatchSums sums = lbfgs == nullptr
                             ? evaluate(sink)
                             : lbfgs->minimize(crew_, std::ref(evaluate), sink, learning_rate, at.curvature_pairs);
  if (&plan != &full_) return sums;
  const double seconds = watch.seconds();
  times_.add(seconds);
  if (tunes_) tuner_.record(lbfgs == nullptr ? seconds : seconds / lbfgs->evaluations());
  return sums;
}

void StepRunner::diagnose(std::span<double> sums) {
  step_.check_phases(!sums.empty() || checks_phases);
  compiled_.updater.sum_squares_to(sums);
}

void StepRunner::report(History& history) const {
  history.step_microseconds = times_.median() * 1e6;
  history.threads = tunes_ ? tuner_.choice() : crew_.workers();
  history.thread_reason =
      tunes_ ? cpu_budget().reason + (tuner_.reason().empty() ? "" : "; " + tuner_.reason()) : "as asked";
  history.plan = full_.describe();
  if (last_) history.plan += last_->describe();
  if (!profiles_) return;
  history.phases = phase_times(profile_);
  history.layers = layer_times(profile_, compiled_.network);
}

}  // namespace millrace
