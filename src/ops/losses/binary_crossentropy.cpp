// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "base/vectorize.hpp"
#include "millrace/losses.hpp"
#include "ops/losses/sigmoid_terms.hpp"
#include "ops/losses/terms.hpp"

namespace millrace {

namespace {

MILLRACE_INLINE float smoothed(float t, float smoothing) { return t * (1 - smoothing) + smoothing / 2; }

MILLRACE_INLINE void terms_of_logits(TermRun run, float smoothing, float positive) {
  with_predictions(run, [&](auto&& keep) {
    for (std::int64_t i = 0; i < run.count; ++i) {
      const SigmoidTerms terms = sigmoid_terms(run.output[i]);
      const float t = smoothed(run.target[i], smoothing);
      run.loss[i] = positive * t * terms.minus_log + (1 - t) * terms.minus_log_other;
      run.slope[i] = terms.probability * (1 + (positive - 1) * t) - positive * t;
      keep(i, terms.probability);
    }
  });
}

class BinaryCrossentropyLoss final : public Loss {
 public:
  BinaryCrossentropyLoss(const BinaryCrossentropy& options, Semantics semantics)
      : options_(options),
        semantics_(semantics),
        smoothing_(static_cast<float>(options.label_smoothing)),
        positive_(static_cast<float>(options.pos_weight)) {}

  TargetKind targets() const override { return TargetKind::labels; }
  std::string_view fused_activation() const override { return options_.from_logits ? "" : "sigmoid"; }
  bool takes_logits() const override { return options_.from_logits; }

  std::string target_problem(float value, std::int64_t) const override {
    if (value >= 0 && value <= 1) return "";
    return number_text(value) + ", expected 0 or 1 (or a probability between)";
  }
  std::string target_remedy(float value, std::int64_t) const override {
    return value == 2    ? "if classes are 1 and 2, subtract 1 from each (y - 1)"
           : value == -1 ? "if classes are -1 and 1, the hinge loss takes them, or (y + 1) / 2"
                         : "";
  }

  void rows(const LossBatch& batch, bool fused) const override {
    // scikit-learn adds the losses of a row's outputs.
    const float mean = semantics_ == Semantics::sklearn ? 1.0F : 1.0F / static_cast<float>(batch.outputs);
    const double sum = sum_terms(batch, mean, [&](const TermRun& run) {
      if (fused || options_.from_logits)
        vectorized<terms_of_logits>(run, smoothing_, positive_);
      else
        terms_of_probabilities(run);
    });
    *batch.row_losses_sum = sum * static_cast<double>(mean);
  }

  double reference(std::span<const double> output, std::span<const double> target) const override {
    double loss = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
      const double t = target[i] * (1 - options_.label_smoothing) + options_.label_smoothing / 2;
      const double p = options_.from_logits ? 1 / (1 + std::exp(-output[i])) : output[i];
      loss -= options_.pos_weight * t * std::log(p) + (1 - t) * std::log1p(-p);
    }
    return semantics_ == Semantics::sklearn ? loss : loss / static_cast<double>(output.size());
  }

 private:
  struct Term {
    float loss, slope;
  };
  void terms_of_probabilities(const TermRun& run) const {
    for (std::int64_t i = 0; i < run.count; ++i) {
      const Term term = of_probability(run.output[i], smoothed(run.target[i], smoothing_));
      run.loss[i] = term.loss;
      run.slope[i] = term.slope;
    }
  }
  Term of_probability(float output, float t) const {
    // PyTorch limits the logarithms, Keras the probability. The slope is 0 where the limit applies.
    if (semantics_ == Semantics::torch) {
      const float yes = std::max(std::log(output), -100.0F), no = std::max(std::log1p(-output), -100.0F);
      return {-(positive_ * t * yes + (1 - t) * no),
              ((1 - t) * output - positive_ * t * (1 - output)) / std::max(output * (1 - output), 1e-12F)};
    }
    constexpr float epsilon = 1e-7F;
    const float p = std::clamp(output, epsilon, 1 - epsilon);
    return {-(positive_ * t * std::log(p) + (1 - t) * std::log1p(-p)),
            p == output ? (1 - t) / (1 - p) - positive_ * t / p : 0.0F};
  }
  BinaryCrossentropy options_;
  Semantics semantics_;
  float smoothing_, positive_;
};

}  // namespace

LossRow binary_crossentropy_row() {
  return loss_row_of<BinaryCrossentropy, BinaryCrossentropyLoss>(
      "-t log p - (1 - t) log(1 - p)", "sigmoid", {"bce"},
      {"binary_crossentropy:from_logits=true", "binary_crossentropy:label_smoothing=0.1",
       "binary_crossentropy:pos_weight=2.5", "binary_crossentropy:from_logits=true:pos_weight=0.5"});
}

}  // namespace millrace
