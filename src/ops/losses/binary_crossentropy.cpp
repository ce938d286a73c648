// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "millrace/losses.hpp"
#include "ops/losses/loss.hpp"

namespace millrace {

namespace {

// Both in one exponential: p = sigmoid(z), and log(1 + exp(-|z|)).
struct LogitTerms {
  float probability, log_term;
};
LogitTerms logit_terms(float z) {
  const float e = std::exp(-std::abs(z));
  return {(z >= 0 ? 1.0F : e) / (1 + e), std::log1p(e)};
}

class BinaryCrossentropyLoss final : public Loss {
 public:
  BinaryCrossentropyLoss(const BinaryCrossentropy& options, Semantics)
      : options_(options), smoothing_(static_cast<float>(options.label_smoothing)) {}

  std::string_view fused_activation() const override { return options_.from_logits ? "" : "sigmoid"; }

  std::string target_problem(float value, std::int64_t) const override {
    return value >= 0 && value <= 1 ? "" : number_text(value) + ", expected 0 or 1 (or a probability between)";
  }

  void rows(const LossRows& batch, bool fused) const override {
    const bool logits = fused || options_.from_logits;
    const float mean = 1.0F / static_cast<float>(batch.outputs);
    double sum = 0;
    for (std::int64_t r = 0; r < batch.rows; ++r) {
      const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
      double row_loss = 0;
      for (std::int64_t i = 0; i < batch.outputs; ++i) {
        const float t = smooth(batch.target.row(r)[i]);
        const float output = batch.output.row(r)[i];
        float gradient;
        if (logits) {
          // -t log p - (1 - t) log(1 - p) = max(z, 0) - z t + log(1 + exp(-|z|))
          const LogitTerms terms = logit_terms(output);
          row_loss += std::max(output, 0.0F) - output * t + terms.log_term;
          gradient = terms.probability - t;
          if (fused && batch.prediction.data != nullptr) batch.prediction.row(r)[i] = terms.probability;
        } else {
          constexpr float epsilon = 1e-7F;
          const float p = std::clamp(output, epsilon, 1 - epsilon);
          row_loss -= t * std::log(p) + (1 - t) * std::log1p(-p);
          gradient = p == output ? (p - t) / (p * (1 - p)) : 0.0F;  // no slope where the clip holds
        }
        if (batch.delta.data != nullptr) batch.delta.row(r)[i] = gradient * (weight * batch.scale * mean);
      }
      sum += row_loss * static_cast<double>(weight * mean);
    }
    *batch.row_losses_sum = sum;
  }

  double reference(std::span<const double> output, std::span<const double> target) const override {
    double loss = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
      const double t = target[i] * (1 - options_.label_smoothing) + options_.label_smoothing / 2;
      if (options_.from_logits) {
        loss += std::max(output[i], 0.0) - output[i] * t + std::log1p(std::exp(-std::abs(output[i])));
      } else {
        loss -= t * std::log(output[i]) + (1 - t) * std::log1p(-output[i]);
      }
    }
    return loss / static_cast<double>(output.size());
  }

 private:
  float smooth(float t) const { return t * (1 - smoothing_) + smoothing_ / 2; }

  BinaryCrossentropy options_;
  float smoothing_;
};

}  // namespace

LossRow binary_crossentropy_row() {
  return loss_row_of<BinaryCrossentropy, BinaryCrossentropyLoss>(
      "-t log p - (1 - t) log(1 - p)", "sigmoid", {"bce"},
      {"binary_crossentropy:from_logits=true", "binary_crossentropy:label_smoothing=0.1"});
}

}  // namespace millrace
