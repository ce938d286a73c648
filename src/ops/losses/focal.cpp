// SPDX-License-Identifier: Apache-2.0
//
// Focal cross-entropies, for answers and for classes, as Keras computes them.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.hpp"
#include "millrace/losses.hpp"
#include "ops/losses/loss.hpp"
#include "ops/losses/sigmoid_terms.hpp"
#include "ops/losses/softmax_terms.hpp"

namespace millrace {

namespace {

std::string no_probability(float value) {
  return value >= 0 && value <= 1 ? "" : number_text(value) + ", expected a probability from 0 to 1";
}

// x^gamma and its derivative; at 0 the derivative counts as 0, also where gamma < 1 has none.
struct Power {
  float value, slope;
};
Power power(float x, float gamma) {
  if (x <= 0) return {gamma == 0 ? 1.0F : 0.0F, 0.0F};
  if (gamma == 2) return {x * x, 2 * x};  // the usual one, for which std::pow takes longer than all the rest
  const float value = std::pow(x, gamma);
  return {value, gamma * value / x};
}

class BinaryFocalLoss final : public Loss {
 public:
  BinaryFocalLoss(const BinaryFocalCrossentropy& options, Semantics) : o_(options) {}
  std::string_view fused_activation() const override { return o_.from_logits ? "" : "sigmoid"; }
  std::string target_problem(float value, std::int64_t) const override { return no_probability(value); }

  void rows(const LossRows& batch, bool fused) const override {
    const float mean = 1.0F / static_cast<float>(batch.outputs), smoothing = static_cast<float>(o_.label_smoothing);
    double sum = 0;
    for (std::int64_t r = 0; r < batch.rows; ++r) {
      const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
      double row_loss = 0;
      for (std::int64_t i = 0; i < batch.outputs; ++i) {
        const float t = batch.target.row(r)[i] * (1 - smoothing) + smoothing / 2, output = batch.output.row(r)[i];
        const bool logits = fused || o_.from_logits;
        const Term term = logits ? of_logit(output, t) : of_probability(output, t);
        if (fused && batch.prediction.data != nullptr) batch.prediction.row(r)[i] = sigmoid_terms(output).probability;
        row_loss += static_cast<double>(term.loss);
        if (batch.delta.data != nullptr) batch.delta.row(r)[i] = term.slope * (weight * batch.scale * mean);
      }
      sum += row_loss * static_cast<double>(weight * mean);
    }
    *batch.row_losses_sum = sum;
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
  struct Term {
    float loss, slope;
  };
  // From q = 1 - p_t, the cross-entropy c, and the slopes of both.
  Term product(float t, float q, float q_slope, float c, float c_slope) const {
    const auto alpha = static_cast<float>(o_.alpha);
    const float balance = o_.apply_class_balancing ? t * alpha + (1 - t) * (1 - alpha) : 1.0F;
    const Power factor = power(q, static_cast<float>(o_.gamma));
    return {balance * factor.value * c, balance * (factor.slope * q_slope * c + factor.value * c_slope)};
  }
  Term of_logit(float z, float t) const {
    const SigmoidTerms p = sigmoid_terms(z);
    return product(t, t * p.other + (1 - t) * p.probability, (1 - 2 * t) * p.probability * p.other,
                   t * p.minus_log + (1 - t) * p.minus_log_other, p.probability - t);
  }
  // The cross-entropy clips the probability, the factor does not.
  Term of_probability(float output, float t) const {
    const float p = std::clamp(output, probability_epsilon, 1 - probability_epsilon);
    return product(t, t * (1 - output) + (1 - t) * output, 1 - 2 * t, -t * std::log(p) - (1 - t) * std::log1p(-p),
                   p == output ? (p - t) / (p * (1 - p)) : 0.0F);
  }

  BinaryFocalCrossentropy o_;
};

class CategoricalFocalLoss final : public Loss {
 public:
  CategoricalFocalLoss(const CategoricalFocalCrossentropy& options, Semantics) : o_(options) {}
  std::string_view fused_activation() const override { return o_.from_logits ? "" : "softmax"; }
  std::string target_problem(float value, std::int64_t) const override { return no_probability(value); }
  void check_outputs(std::int64_t outputs) const override {
    if (outputs < 2)
      fail(ErrorKind::usage, CategoricalFocalCrossentropy::op,
           "the model has 1 output unit, expected one a class, 2 or more; for two classes in one unit take "
           "binary_focal_crossentropy");
  }

  void rows(const LossRows& batch, bool fused) const override {
    double sum = 0;
    for (std::int64_t r = 0; r < batch.rows; ++r) {
      const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
      const double loss = fused || o_.from_logits ? of_logits(batch, r, fused, weight * batch.scale)
                                                  : of_probabilities(batch, r, weight * batch.scale);
      sum += loss * static_cast<double>(weight);
    }
    *batch.row_losses_sum = sum;
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
  struct Term {
    float loss, slope;  // slope: p d loss / dp
  };
  Term term(float p, float log_p, float target, std::int64_t outputs) const {
    const auto smoothing = static_cast<float>(o_.label_smoothing), alpha = static_cast<float>(o_.alpha);
    const float t = alpha * (target * (1 - smoothing) + smoothing / static_cast<float>(outputs));
    const Power factor = power(1 - p, static_cast<float>(o_.gamma));
    return {-t * factor.value * log_p, t * (p * factor.slope * log_p - factor.value)};
  }

  // dz_j = s_j - p_j sum of s, with s the terms' slopes.
  double of_logits(const LossRows& batch, std::int64_t r, bool fused, float scale) const {
    const float* z = batch.output.row(r);
    const float largest = *std::max_element(z, z + batch.outputs);
    float total = 0;
    for (std::int64_t k = 0; k < batch.outputs; ++k) total += std::exp(z[k] - largest);
    const float log_sum = largest + std::log(total);
    double loss = 0;
    float slopes = 0;
    const auto term_of = [&](std::int64_t k) {
      return term(std::exp(z[k] - log_sum), z[k] - log_sum, batch.target.row(r)[k], batch.outputs);
    };
    for (std::int64_t k = 0; k < batch.outputs; ++k) {
      const Term found = term_of(k);
      loss += static_cast<double>(found.loss);
      slopes += found.slope;
    }
    for (std::int64_t k = 0; k < batch.outputs; ++k) {
      const float p = std::exp(z[k] - log_sum);
      if (fused && batch.prediction.data != nullptr) batch.prediction.row(r)[k] = p;
      if (batch.delta.data != nullptr) batch.delta.row(r)[k] = (term_of(k).slope - p * slopes) * scale;
    }
    return loss;
  }

  // Keras divides by the row's sum S first, and clips: dy_j = (s_j / p_j - sum of s) / S, s 0 where the clip holds.
  double of_probabilities(const LossRows& batch, std::int64_t r, float scale) const {
    const float* y = batch.output.row(r);
    const float total = std::accumulate(y, y + batch.outputs, 0.0F);
    double loss = 0;
    float slopes = 0;
    const auto term_of = [&](std::int64_t k, float& p) {
      const float share = y[k] / total;
      p = std::clamp(share, probability_epsilon, 1 - probability_epsilon);
      Term found = term(p, std::log(p), batch.target.row(r)[k], batch.outputs);
      if (p != share) found.slope = 0;
      return found;
    };
    float p = 0;
    for (std::int64_t k = 0; k < batch.outputs; ++k) {
      const Term found = term_of(k, p);
      loss += static_cast<double>(found.loss);
      slopes += found.slope;
    }
    for (std::int64_t k = 0; k < batch.outputs && batch.delta.data != nullptr; ++k) {
      const Term found = term_of(k, p);
      batch.delta.row(r)[k] = (found.slope / p - slopes) / total * scale;
    }
    return loss;
  }

  CategoricalFocalCrossentropy o_;
};

}  // namespace

LossRow binary_focal_crossentropy_row() {
  return loss_row_of<BinaryFocalCrossentropy, BinaryFocalLoss>(
      "binary cross-entropy of what is not right yet", "sigmoid", {},
      {"binary_focal_crossentropy:from_logits=true:label_smoothing=0.1",
       "binary_focal_crossentropy:apply_class_balancing=true:alpha=0.3:gamma=1.5"});
}
LossRow categorical_focal_crossentropy_row() {
  return loss_row_of<CategoricalFocalCrossentropy, CategoricalFocalLoss>(
      "categorical cross-entropy of what is not right yet", "softmax", {},
      {"categorical_focal_crossentropy:from_logits=true:label_smoothing=0.1",
       "categorical_focal_crossentropy:alpha=0.5:gamma=1.5"});
}

}  // namespace millrace
