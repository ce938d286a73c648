// SPDX-License-Identifier: Apache-2.0
#include "millrace/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "model/state_before.hpp"
#include "step/loss_inputs.hpp"
#include "step/precision.hpp"
#include "table/batches.hpp"
#include "table/checks.hpp"

namespace millrace {

namespace {

// Collects the points of a run until the loss diverges.
class Sweep {
 public:
  explicit Sweep(const LearningRateRange& range) : range_(range) {}

  Proceed add(const StepReport& step) {
    average_ = range_.smoothing * average_ + (1 - range_.smoothing) * step.loss;
    const auto count = static_cast<double>(curve.points.size() + 1);
    const double smoothed = average_ / (1 - std::pow(range_.smoothing, count));
    least_ = curve.points.empty() ? smoothed : std::min(least_, smoothed);
    curve.points.push_back({step.learning_rate, step.loss, smoothed});
    // A multiple of a negative loss (Poisson) is not worse, so such a loss has to grow by an amount.
    const bool worse = smoothed > (least_ > 0 ? range_.divergence * least_ : least_ + range_.divergence);
    curve.diverged = std::ssize(curve.points) > range_.steps / 10 && worse;
    return curve.diverged || std::ssize(curve.points) == range_.steps ? Proceed::no : Proceed::yes;
  }

  LearningRateCurve curve;

 private:
  const LearningRateRange& range_;
  double average_ = 0, least_ = 0;
};

// The least-squares slope of the smoothed loss over the points, which are equally spaced on a logarithmic
// scale: proportional to the slope over the logarithm of the rate.
double slope_over(std::span<const LearningRatePoint> points) {
  const double middle = static_cast<double>(points.size() - 1) / 2;
  double products = 0, squares = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double x = static_cast<double>(i) - middle;
    products += x * points[i].smoothed;
    squares += x * x;
  }
  return squares > 0 ? products / squares : 0;
}

// The rate with the steepest fall around it, from the points that follow the first `reach` to the least smoothed loss. Beyond
// that the loss only recovers from a spike. A line over `reach` points on each side sees a fall that single batches hide.
std::optional<double> steepest(std::span<const LearningRatePoint> points, std::size_t reach) {
  std::optional<double> rate;
  if (points.size() <= reach) return rate;
  const auto bottom = std::ranges::min_element(points.subspan(reach), {}, &LearningRatePoint::smoothed);
  const auto end = static_cast<std::size_t>(bottom - points.subspan(reach).begin()) + reach;
  double least = 0;
  for (std::size_t i = reach; i < std::max(end, reach + 1); ++i) {
    const double slope = slope_over(points.subspan(i - reach, std::min(2 * reach + 1, points.size() - (i - reach))));
    if (slope >= least) continue;
    least = slope;
    rate = points[i].learning_rate;
  }
  return rate;
}

void check(const LearningRateRange& range) {
  const auto refuse = [](const std::string& text) { fail(ErrorKind::usage, "find_learning_rate", text); };
  if (!(range.lowest > 0 && range.highest > range.lowest && std::isfinite(range.highest))) {
    refuse("rates from " + number_text(range.lowest) + " to " + number_text(range.highest) +
           ", expected two numbers above 0, the second larger");
  }
  if (range.steps < 10) refuse("steps is " + std::to_string(range.steps) + ", expected 10 or more");
  if (!(range.smoothing >= 0 && range.smoothing < 1))
    refuse("smoothing is " + number_text(range.smoothing) + ", expected 0 or more and below 1");
  if (!(range.divergence > 1)) refuse("divergence is " + number_text(range.divergence) + ", expected more than 1");
}

LearningRateCurve swept(Model::State& state, const Dataset& data, const LearningRateRange& range) {
  check_extents(data, "find_learning_rate");
  if (!state.network) state.build(data.features.columns, data.feature_names, range.seed);
  const std::shared_ptr<const Objective> objective = state.objective("find_learning_rate");

  // A separate store and trainer, so that the model keeps its weights and the optimizer's state.
  const Network& network = state.with_weights("find_learning_rate");
  ParameterStore store(network);
  store.copy_weights(*state.store);
  CompileOptions options = state.card.compiled;
  options.metrics.clear();
  options.pace = {};
  options.schedule = ExponentialDecay{.decay_steps = range.steps - 1,
                                      .decay_rate = range.highest / range.lowest,
                                      .initial_learning_rate = range.lowest};
  if (make_optimizer(options.optimizer, network.semantics())->line_search() != nullptr) {
    fail(ErrorKind::usage, "find_learning_rate",
         options.optimizer.op + " chooses its step lengths itself, expected another optimizer");
  }
  check_positive_outputs(network, *objective->training_loss);
  Trainer trainer(network, store, options, state.metric_view());
  state.check_rows(data, *objective, "find_learning_rate");

  Sweep sweep(range);
  FitOptions fit{.epochs = range.steps,  // the sweep ends the run earlier
                 .batch_size = range.batch_size,
                 .shuffle = range.shuffle,
                 .seed = range.seed,
                 .threads = range.threads,
                 .gemm = range.gemm,
                 .kernels = range.kernels,
                 .precision = range.precision,
                 .on_step = [&sweep](const StepReport& step) { return sweep.add(step); },
                 .stop = range.stop};
  check_options(fit);
  fit.precision =
      name_of(choose_precision(fit.precision, network, std::min(fit.batch_size, data.rows()), false).precision);
  RunHost host;
  try {
    trainer.fit(state.prepared(data, fit.threads), nullptr, fit, host);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::non_finite || sweep.curve.points.empty()) throw;
    sweep.curve.diverged = true;
  }
  sweep.curve.suggestion = steepest(sweep.curve.points, static_cast<std::size_t>(range.steps / 10));
  return std::move(sweep.curve);
}

}  // namespace

LearningRateCurve Model::find_learning_rate(const Dataset& data, const LearningRateRange& range) {
  check(range);
  const Gate::Writing writing(state_->gate, "find_learning_rate");
  StateBefore before(*state_);
  try {
    return swept(*state_, data, range);
  } catch (...) {
    before.restore();
    throw;
  }
}

}  // namespace millrace
