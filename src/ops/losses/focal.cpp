// SPDX-License-Identifier: Apache-2.0
//
// Focal cross-entropies for labels and for classes, as Keras computes them.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "base/vectorize.hpp"
#include "kernels/elementary.hpp"
#include "millrace/losses.hpp"
#include "ops/losses/loss.hpp"
#include "ops/losses/sigmoid_terms.hpp"
#include "ops/losses/softmax_terms.hpp"
#include "ops/losses/terms.hpp"

namespace millrace {

namespace {

std::string no_probability(float value) {
  return value >= 0 && value <= 1 ? "" : number_text(value) + ", expected a probability from 0 to 1";
}

// x^gamma and its derivative, which is taken as 0 at x = 0, also for gamma < 1. The usual gamma of 2 has code of its
// own, because logarithm and exponential would take longer than everything else.
struct Power {
  float value, slope;
};
template <bool square>
MILLRACE_INLINE Power power(float x, float gamma) {
  if constexpr (square) {
    const float at = std::max(x, 0.0F);
    return {at * at, 2 * at};
  } else {
    const float value = exponential(gamma * logarithm(x));
    return {x > 0 ? value : gamma == 0 ? 1.0F : 0.0F, x > 0 ? gamma * value / x : 0.0F};
  }
}

struct Term {
  float loss, slope;
};

// The loss of each output by itself. `square`: gamma is 2.
template <bool square>
struct BinaryFocal {
  float positive, negative, gamma, smoothing;  // positive and negative: weights of targets 1 and 0

  // Computes the loss from q = 1 - p_t, the cross-entropy c, and the slopes of both.
  MILLRACE_INLINE Term product(float t, float q, float q_slope, float c, float c_slope) const {
    const float balance = t * positive + (1 - t) * negative;
    const Power factor = power<square>(q, gamma);
    return {balance * factor.value * c, balance * (factor.slope * q_slope * c + factor.value * c_slope)};
  }
  MILLRACE_INLINE Term of_logit(const SigmoidTerms& p, float t) const {
    return product(t, t * p.other + (1 - t) * p.probability, (1 - 2 * t) * p.probability * p.other,
                   t * p.minus_log + (1 - t) * p.minus_log_other, p.probability - t);
  }
  // The probability is clipped in the cross-entropy, but not in the factor.
  MILLRACE_INLINE Term of_probability(float output, float t) const {
    const float p = std::min(std::max(output, probability_epsilon), 1 - probability_epsilon);
    return product(t, t * (1 - output) + (1 - t) * output, 1 - 2 * t, -t * logarithm(p) - (1 - t) * log_of_one_minus(p),
                   p == output ? (p - t) / (p * (1 - p)) : 0.0F);
  }
};
template <bool square>
MILLRACE_INLINE void binary_terms_of_logits(TermRun run, BinaryFocal<square> focal) {
  const auto terms = [&](auto&& keep) __attribute__((always_inline)) {
    for (std::int64_t i = 0; i < run.count; ++i) {
      const SigmoidTerms p = sigmoid_terms(run.output[i]);
      const Term term = focal.of_logit(p, run.target[i] * (1 - focal.smoothing) + focal.smoothing / 2);
      run.loss[i] = term.loss;
      run.slope[i] = term.slope;
      keep(i, p.probability);
    }
  };
  with_predictions(run, terms);
}
template <bool square>
MILLRACE_INLINE void binary_terms_of_probabilities(TermRun run, BinaryFocal<square> focal) {
  for (std::int64_t i = 0; i < run.count; ++i) {
    const Term term = focal.of_probability(run.output[i], run.target[i] * (1 - focal.smoothing) + focal.smoothing / 2);
    run.loss[i] = term.loss;
    run.slope[i] = term.slope;
  }
}

class BinaryFocalLoss final : public Loss {
 public:
  BinaryFocalLoss(const BinaryFocalCrossentropy& options, Semantics) : o_(options) {}
  TargetKind targets() const override { return TargetKind::labels; }
  std::string_view fused_activation() const override { return o_.from_logits ? "" : "sigmoid"; }
  bool takes_logits() const override { return o_.from_logits; }
  std::string target_problem(float value, std::int64_t) const override { return no_probability(value); }

  void rows(const LossBatch& batch, bool fused) const override {
    const bool logits = fused || o_.from_logits;
    *batch.row_losses_sum = o_.gamma == 2 ? sum<true>(batch, logits) : sum<false>(batch, logits);
  }

  double reference(std::span<const double> output, std::span<const double> target) const override {
    double loss = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
      const double t = target[i] * (1 - o_.label_smoothing) + o_.label_smoothing / 2;
      const double p = o_.from_logits ? 1 / (1 + std::exp(-output[i])) : output[i];
      const double balance = o_.apply_class_balancing ? t * o_.alpha + (1 - t) * (1 - o_.alpha) : 1;
      loss -= balance * std::pow(t * (1 - p) + (1 - t) * p, o_.gamma) * (t * std::log(p) + (1 - t) * std::log1p(-p));
    }
    return loss / static_cast<double>(output.size());
  }

 private:
  template <bool square>
  double sum(const LossBatch& batch, bool logits) const {
    const auto alpha = static_cast<float>(o_.alpha), mean = 1.0F / static_cast<float>(batch.outputs);
    const BinaryFocal<square> focal{o_.apply_class_balancing ? alpha : 1.0F,
                                    o_.apply_class_balancing ? 1 - alpha : 1.0F, static_cast<float>(o_.gamma),
                                    static_cast<float>(o_.label_smoothing)};
    const double terms = sum_terms(batch, mean, [&](const TermRun& run) {
      if (logits)
        vectorized<binary_terms_of_logits<square>>(run, focal);
      else
        vectorized<binary_terms_of_probabilities<square>>(run, focal);
    });
    return terms * static_cast<double>(mean);
  }

  BinaryFocalCrossentropy o_;
};

// The part of one class in the loss of a row; the slope is p d loss / dp.
template <bool square>
struct CategoricalFocal {
  float alpha, gamma, smoothing, floor;

  MILLRACE_INLINE Term term(float p, float log_p, float target) const {
    const float t = alpha * (target * (1 - smoothing) + floor);
    const Power factor = power<square>(1 - p, gamma);
    return {-t * factor.value * log_p, t * (p * factor.slope * log_p - factor.value)};
  }
};
MILLRACE_INLINE void probabilities(const float* z, float log_sum, float* p, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) p[k] = exponential(z[k] - log_sum);
}
template <bool square>
MILLRACE_INLINE void terms_of_logits(TermRun run, float log_sum, CategoricalFocal<square> focal) {
  for (std::int64_t k = 0; k < run.count; ++k) {
    const float log_p = run.output[k] - log_sum;
    const Term term = focal.term(exponential(log_p), log_p, run.target[k]);
    run.loss[k] = term.loss;
    run.slope[k] = term.slope;
  }
}
// The slope is 0 where the probability is clipped.
MILLRACE_INLINE float clipped(float share) {
  return std::min(std::max(share, probability_epsilon), 1 - probability_epsilon);
}
template <bool square>
MILLRACE_INLINE void terms_of_probabilities(TermRun run, float total, CategoricalFocal<square> focal) {
  for (std::int64_t k = 0; k < run.count; ++k) {
    const float share = run.output[k] / total, p = clipped(share);
    const Term term = focal.term(p, logarithm(p), run.target[k]);
    run.loss[k] = term.loss;
    run.slope[k] = p == share ? term.slope : 0.0F;
  }
}
// dz_k = s_k - p_k sum of s, where `delta` holds the slopes s of the terms.
MILLRACE_INLINE void slopes_of_logits(const float* z, float log_sum, float slopes, float scale, float* delta,
                                      std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) delta[k] = (delta[k] - exponential(z[k] - log_sum) * slopes) * scale;
}
// dy_k = (s_k / p_k - sum of s) / S, with S the row's sum.
MILLRACE_INLINE void slopes_of_probabilities(const float* y, float total, float slopes, float scale, float* delta,
                                             std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) delta[k] = (delta[k] / clipped(y[k] / total) - slopes) / total * scale;
}

class CategoricalFocalLoss final : public Loss {
 public:
  CategoricalFocalLoss(const CategoricalFocalCrossentropy& options, Semantics) : o_(options) {}
  TargetKind targets() const override { return TargetKind::classes; }
  std::string_view fused_activation() const override { return o_.from_logits ? "" : "softmax"; }
  bool takes_logits() const override { return o_.from_logits; }
  std::string target_problem(float value, std::int64_t) const override { return no_probability(value); }
  void check_outputs(std::int64_t outputs) const override {
    if (outputs < 2)
      fail(ErrorKind::usage, CategoricalFocalCrossentropy::op,
           "the model has 1 output unit, expected one a class, 2 or more; for two classes in one unit take "
           "binary_focal_crossentropy");
  }

  void rows(const LossBatch& batch, bool fused) const override {
    const bool logits = fused || o_.from_logits;
    *batch.row_losses_sum = o_.gamma == 2 ? sum<true>(batch, logits) : sum<false>(batch, logits);
  }

  double reference(std::span<const double> output, std::span<const double> target) const override {
    double total = 0, loss = 0;
    for (const double y : output) total += o_.from_logits ? std::exp(y) : y;
    for (std::size_t k = 0; k < output.size(); ++k) {
      const double t = target[k] * (1 - o_.label_smoothing) + o_.label_smoothing / static_cast<double>(output.size());
      const double p = (o_.from_logits ? std::exp(output[k]) : output[k]) / total;
      loss -= o_.alpha * std::pow(1 - p, o_.gamma) * t * std::log(p);
    }
    return loss;
  }

 private:
  template <bool square>
  double sum(const LossBatch& batch, bool logits) const {
    const auto smoothing = static_cast<float>(o_.label_smoothing);
    const CategoricalFocal<square> focal{static_cast<float>(o_.alpha), static_cast<float>(o_.gamma), smoothing,
                                         smoothing / static_cast<float>(batch.outputs)};
    double sum = 0;
    for (std::int64_t r = 0; r < batch.rows; ++r) {
      const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
      sum += row_loss(batch, r, logits, weight * batch.scale, focal) * static_cast<double>(weight);
    }
    return sum;
  }

  // Keeps the slopes in delta, if it is wanted, until their sum is known.
  template <bool square>
  double row_loss(const LossBatch& batch, std::int64_t r, bool logits, float scale,
                  const CategoricalFocal<square>& focal) const {
    const float *const output = batch.output.row(r), *const target = batch.target.row(r);
    float* const delta = batch.delta.data != nullptr ? batch.delta.row(r) : nullptr;
    std::array<float, block> losses, slopes;
    const float total = logits ? log_sum_exp(output, batch.outputs) : static_cast<float>(sum_of(output, batch.outputs));
    double loss = 0, slope_sum = 0;
    for (std::int64_t at = 0; at < batch.outputs; at += block) {
      const std::int64_t count = std::min(block, batch.outputs - at);
      float* const kept = delta != nullptr ? delta + at : slopes.data();
      const TermRun run{output + at, target + at, count, losses.data(), kept, nullptr};
      if (logits)
        vectorized<terms_of_logits<square>>(run, total, focal);
      else
        vectorized<terms_of_probabilities<square>>(run, total, focal);
      loss += sum_of(losses.data(), count);
      slope_sum += sum_of(kept, count);
    }
    const auto all = static_cast<float>(slope_sum);
    if (delta != nullptr && logits) vectorized<slopes_of_logits>(output, total, all, scale, delta, batch.outputs);
    if (delta != nullptr && !logits)
      vectorized<slopes_of_probabilities>(output, total, all, scale, delta, batch.outputs);
    if (logits && batch.prediction.data != nullptr)
      vectorized<probabilities>(output, total, batch.prediction.row(r), batch.outputs);
    return loss;
  }

  static constexpr std::int64_t block = 256;
  CategoricalFocalCrossentropy o_;
};

}  // namespace

LossRow binary_focal_crossentropy_row() {
  return loss_row_of<BinaryFocalCrossentropy, BinaryFocalLoss>(
      "binary cross-entropy with well-classified rows down-weighted", "sigmoid", {},
      {"binary_focal_crossentropy:from_logits=true:label_smoothing=0.1",
       "binary_focal_crossentropy:apply_class_balancing=true:alpha=0.3:gamma=1.5"});
}
LossRow categorical_focal_crossentropy_row() {
  return loss_row_of<CategoricalFocalCrossentropy, CategoricalFocalLoss>(
      "categorical cross-entropy with well-classified rows down-weighted", "softmax", {},
      {"categorical_focal_crossentropy:from_logits=true:label_smoothing=0.1",
       "categorical_focal_crossentropy:alpha=0.5:gamma=1.5"});
}

}  // namespace millrace
