// SPDX-License-Identifier: Apache-2.0
#include "step/lbfgs.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "base/vectorize.hpp"

namespace millrace {

namespace {

// Sums in one loop: it can be vectorised, and every processor adds in the same order.
constexpr std::int64_t lanes = 16;
constexpr int evaluations_of_a_search = 25;

MILLRACE_INLINE double dot_run(const float* __restrict a, const float* __restrict b, std::int64_t count) {
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::int64_t k = 0; k < lanes; ++k) sums[k] += static_cast<double>(a[i + k]) * static_cast<double>(b[i + k]);
  }
  for (; i < count; ++i) sums[i % lanes] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  double sum = 0;
  for (std::int64_t k = 0; k < lanes; ++k) sum += sums[k];
  return sum;
}
// a += factor b
MILLRACE_INLINE void add_run(float* __restrict a, const float* __restrict b, std::int64_t count, float factor) {
  for (std::int64_t i = 0; i < count; ++i) a[i] += factor * b[i];
}
// a = factor b
MILLRACE_INLINE void set_run(float* __restrict a, const float* __restrict b, std::int64_t count, float factor) {
  for (std::int64_t i = 0; i < count; ++i) a[i] = factor * b[i];
}
// a = b + factor c
MILLRACE_INLINE void move_run(float* __restrict a, const float* __restrict b, const float* __restrict c,
                              std::int64_t count, float factor) {
  for (std::int64_t i = 0; i < count; ++i) a[i] = b[i] + factor * c[i];
}
double largest_run(const float* values, std::int64_t count) {
  float most = 0;
  for (std::int64_t i = 0; i < count; ++i) most = std::max(most, std::abs(values[i]));
  return static_cast<double>(most);
}
double absolute_run(const float* values, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += std::abs(static_cast<double>(values[i]));
  return sum;
}

}  // namespace

LbfgsMinimizer::LbfgsMinimizer(const Network& network, ParameterStore& store, int gradient, const Lbfgs& options,
                               const UpdateOptions& update)
    : network_(&network), store_(&store), options_(options), gradient_(gradient) {
  check(update);
  for (std::int64_t i = 1; i <= options.history; ++i) {
    const int index = store.add_buffer("step_" + std::to_string(i));
    if (i == 1) first_step_ = index;
  }
  for (std::int64_t i = 1; i <= options.history; ++i) {
    const int index = store.add_buffer("change_" + std::to_string(i));
    if (i == 1) first_change_ = index;
  }
  ranges_ = trained_ranges(network, store);
  range_sums_.resize(ranges_.size());
  shares_.resize(options.history);
  for (Buffer* buffer : {&direction_, &start_, &start_gradient_})
    *buffer = Buffer(store.buffer(ParameterStore::weights).size());
}

void LbfgsMinimizer::check(const UpdateOptions& update) const {
  const auto refuse = [](const std::string& what, const std::string& expected) {
    fail(ErrorKind::usage, Lbfgs::op, what + ", expected " + expected);
  };
  if (update.gradient_accumulation_steps > 1)
    refuse("gradients accumulate over " + std::to_string(update.gradient_accumulation_steps) + " steps",
           "no gradient_accumulation_steps, because a batch has all rows already");
  if (update.clipvalue > 0 || update.clipnorm > 0 || update.global_clipnorm > 0)
    refuse("gradients are clipped", "no clipping, because the line search chooses the step length");
  if (update.weight_decay > 0)
    refuse("weight_decay is " + number_text(update.weight_decay),
           "kernel_l2 of the layers instead, which is part of the loss");
  if (update.use_ema) refuse("weights are averaged (use_ema)", "no averages, because every iteration lowers the loss");
  for (const NetworkNode& node : network_->nodes()) {
    if (node.layer->random())
      refuse(node.name + " draws random numbers", "a network whose loss depends only on weights and rows");
    if (!node.trainable) continue;  // its parameters are constants, even moving statistics
    for (const int p : node.parameters) {
      const NetworkParameter& parameter = network_->parameters()[p];
      if (!parameter.spec.trainable)
        refuse(parameter.name + " changes with every evaluation",
               "a network without batch normalisation, or a layer of it with trainable = false");
      if (parameter.spec.max_norm > 0) refuse(parameter.name + " has a max_norm", "no constraint on weights");
      if (parameter.spec.l1 > 0) refuse(parameter.name + " has an l1 penalty, which is not smooth at 0", "l2 only");
    }
  }
}

template <class Use>
void LbfgsMinimizer::for_each_range(Crew& crew, const Use& use) {
  crew.phase(std::ssize(ranges_), [&](std::int64_t index, int) { use(ranges_[index], range_sums_[index]); });
}

template <class Value>
double LbfgsMinimizer::sum(Crew& crew, const Value& value) {
  for_each_range(crew, [&](const WeightRange& range, double& result) { result = value(range); });
  double total = 0;
  for (const double part : range_sums_) total += part;
  return total;
}

double LbfgsMinimizer::dot(Crew& crew, const float* a, const float* b) {
  return sum(crew, [&](const WeightRange& range) {
    return vectorized<dot_run>(a + range.offset, b + range.offset, range.count);
  });
}

double LbfgsMinimizer::largest(Crew& crew, const float* values) {
  for_each_range(crew, [&](const WeightRange& range, double& result) {
    result = largest_run(values + range.offset, range.count);
  });
  return range_sums_.empty() ? 0 : *std::max_element(range_sums_.begin(), range_sums_.end());
}

void LbfgsMinimizer::add(Crew& crew, float* a, const float* b, double factor) {
  for_each_range(crew, [&](const WeightRange& range, double&) {
    vectorized<add_run>(a + range.offset, b + range.offset, range.count, static_cast<float>(factor));
  });
}

void LbfgsMinimizer::evaluate_here(const Evaluate& evaluate, KeptRows* kept) {
  std::fill(metric_sums_.begin(), metric_sums_.end(), 0.0);
  sums_ = evaluate({metric_sums_, kept, 0});
  ++evaluations_;
}

LinePoint LbfgsMinimizer::probe(Crew& crew, const Evaluate& evaluate, double step) {
  for_each_range(crew, [&](const WeightRange& range, double&) {
    vectorized<move_run>(weights() + range.offset, start_.data() + range.offset, direction_.data() + range.offset,
                         range.count, static_cast<float>(step));
  });
  evaluate_here(evaluate, nullptr);
  evaluated_step_ = step;
  return {step, sums_.mean(), dot(crew, gradient(), direction_.data())};
}

// Nocedal and Wright, algorithm 7.4, from the newest pair to the oldest and back. H0 is s.y / y.y of the newest.
void LbfgsMinimizer::find_direction(Crew& crew, std::int64_t pairs) {
  float* const d = direction_.data();
  for_each_range(crew, [&](const WeightRange& range, double&) {
    vectorized<set_run>(d + range.offset, gradient() + range.offset, range.count, -1);
  });
  if (pairs == 0) return;
  const std::int64_t oldest = std::max<std::int64_t>(0, pairs - options_.history);
  const auto curvature = [&](int at) { return dot(crew, step_of(at), change_of(at)); };
  for (std::int64_t pair = pairs - 1; pair >= oldest; --pair) {
    const int at = slot(pair);
    double& share = shares_[at];
    share = dot(crew, step_of(at), d) / curvature(at);
    add(crew, d, change_of(at), -share);
  }
  const int newest = slot(pairs - 1);
  const auto scale = static_cast<float>(curvature(newest) / dot(crew, change_of(newest), change_of(newest)));
  for_each_range(crew, [&](const WeightRange& range, double&) {
    for (std::int64_t i = range.offset; i < range.offset + range.count; ++i) d[i] *= scale;
  });
  for (std::int64_t pair = oldest; pair < pairs; ++pair) {
    const int at = slot(pair);
    const double back = dot(crew, change_of(at), d) / curvature(at);
    add(crew, d, step_of(at), shares_[at] - back);
  }
}

// Keeps the step and the change of the gradient along it, unless the curvature that they show is within rounding.
void LbfgsMinimizer::remember(Crew& crew, double step, std::int64_t& pairs) {
  const int at = slot(pairs);
  float *const s = step_of(at), *const y = change_of(at);
  for_each_range(crew, [&](const WeightRange& range, double&) {
    vectorized<set_run>(s + range.offset, direction_.data() + range.offset, range.count, static_cast<float>(step));
    vectorized<move_run>(y + range.offset, gradient() + range.offset, start_gradient_.data() + range.offset,
                         range.count, -1);
  });
  const double expected = -dot(crew, start_gradient_.data(), s);
  if (dot(crew, s, y) > 1e-7 * expected) ++pairs;
}

void LbfgsMinimizer::judge(Crew& crew, double step, double before) {
  if (const double slope = largest(crew, gradient()); slope <= options_.tolerance_gradient) {
    converged_ = "the largest gradient is " + number_text(slope);
  } else if (const double change = before - sums_.mean(); std::abs(change) < options_.tolerance_change) {
    converged_ = "the loss changed by " + number_text(change);
  } else if (const double moved = step * largest(crew, direction_.data()); moved <= options_.tolerance_change) {
    converged_ = "the largest change of a weight was " + number_text(moved);
  }
}

// The first step, when nothing is known about the curvature. PyTorch divides the gradient by the sum of its absolute
// values. scipy, which scikit-learn uses, scales it to length 1: it goes further, and is one iteration ahead.
double LbfgsMinimizer::first_step(Crew& crew) {
  if (network_->semantics() != Semantics::torch) return 1 / std::sqrt(dot(crew, gradient(), gradient()));
  return std::min(1.0, 1 / sum(crew, [&](const WeightRange& range) {
                         return absolute_run(gradient() + range.offset, range.count);
                       }));
}

LbfgsMinimizer::Outcome LbfgsMinimizer::iterate(Crew& crew, const Evaluate& evaluate, double learning_rate,
                                                int most_evaluations, std::int64_t& pairs) {
  find_direction(crew, pairs);
  const double slope = dot(crew, gradient(), direction_.data());
  if (!(slope < 0)) return Outcome::stuck;
  const double first = pairs == 0 ? learning_rate * first_step(crew) : learning_rate;
  for_each_range(crew, [&](const WeightRange& range, double&) {
    std::copy_n(weights() + range.offset, range.count, start_.data() + range.offset);
    std::copy_n(gradient() + range.offset, range.count, start_gradient_.data() + range.offset);
  });
  const LinePoint start{0, sums_.mean(), slope};
  const WolfeConditions conditions{.evaluations = most_evaluations,
                                   .shortest = options_.tolerance_change / largest(crew, direction_.data())};
  const auto along = [&](double step) { return probe(crew, evaluate, step); };
  const LinePoint found = strong_wolfe(std::ref(along), start, first, conditions);
  // Weights, gradient and sums must be those of the best point, which need not be the last one.
  if (found.step != evaluated_step_) static_cast<void>(probe(crew, evaluate, found.step));
  if (found.step == 0) return Outcome::stuck;
  remember(crew, found.step, pairs);
  judge(crew, found.step, start.value);
  return Outcome::moved;
}

BatchSums LbfgsMinimizer::minimize(Crew& crew, const Evaluate& evaluate, const MetricSink& sink, double learning_rate,
                                   std::int64_t& pairs) {
  evaluations_ = 0;
  metric_sums_.resize(sink.sums.size());
  // The last iteration ended with an evaluation of these weights, but only the first evaluation of an epoch keeps rows.
  if (known_version_ != store_->weights_version() || sink.kept != nullptr) evaluate_here(evaluate, sink.kept);
  known_version_ = store_->weights_version();
  // Counted even if it was not needed, as in PyTorch: that depends on resuming and on metrics.
  const int made_before = evaluations_ - 1;
  const BatchSums before = sums_;
  for (std::size_t i = 0; i < sink.sums.size(); ++i) sink.sums[i] += metric_sums_[i];
  if (!std::isfinite(before.mean())) return before;
  converged_.clear();
  if (largest(crew, gradient()) <= options_.tolerance_gradient) {
    converged_ = "no gradient is above " + number_text(options_.tolerance_gradient);
    return before;
  }
  for (std::int64_t i = 0; i < options_.iterations && converged_.empty(); ++i) {
    constexpr std::int64_t most_counted = std::int64_t{1} << 30;
    const int left = static_cast<int>(std::min(options_.evaluations.value_or(most_counted), most_counted)) -
                     (evaluations_ - made_before);
    if (options_.evaluations && left <= 0) break;
    // As in PyTorch, the first evaluation of a search is not counted.
    const int most = 1 + (options_.evaluations ? left : evaluations_of_a_search);
    Outcome outcome = iterate(crew, evaluate, learning_rate, most, pairs);
    if (outcome == Outcome::stuck && pairs > 0) {
      pairs = 0;  // try once more, along the gradient itself
      outcome = iterate(crew, evaluate, learning_rate, most, pairs);
    }
    if (outcome == Outcome::stuck) converged_ = "no step along the gradient has a lower loss in fp32";
  }
  known_version_ = store_->weights_version();
  return before;
}

}  // namespace millrace
