// SPDX-License-Identifier: Apache-2.0
//
// Cross-entropy over classes. The target is one column for each class, or the index of the class.
#include <cmath>
#include <numeric>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "kernels/elementary.hpp"
#include "millrace/losses.hpp"
#include "ops/losses/loss.hpp"
#include "ops/losses/softmax_terms.hpp"

namespace millrace {

namespace {

// The code that both forms share. `target(r, k)` is the target probability of class k in row r.
template <class Target>
double crossentropy_rows(const LossBatch& batch, bool fused, bool from_logits, const Target& target) {
  double sum = 0;
  for (std::int64_t r = 0; r < batch.rows; ++r) {
    const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
    const float* output = batch.output.row(r);
    // The probabilities are always needed. If the caller does not keep them, they are stored in delta for a while.
    float* p = fused && batch.prediction.data != nullptr ? batch.prediction.row(r)
               : batch.delta.data != nullptr             ? batch.delta.row(r)
                                                         : nullptr;
    const float scale = weight * batch.scale;
    double row_loss = 0;
    if (fused || from_logits) {
      const float log_sum = p != nullptr ? softmax_row(output, p, batch.outputs) : log_sum_exp(output, batch.outputs);
      float mass = 0;  // 1 if the targets are probabilities
      for (std::int64_t k = 0; k < batch.outputs; ++k) {
        const float t = target(r, k);
        mass += t;
        if (t != 0) row_loss += t * (log_sum - output[k]);
      }
      if (batch.delta.data != nullptr) {
        for (std::int64_t k = 0; k < batch.outputs; ++k) batch.delta.row(r)[k] = (p[k] * mass - target(r, k)) * scale;
      }
    } else {
      // loss = -sum t_k log clip(p_k / S), S = sum p; d/dp_k = (sum of t over the unclipped) / S - t_k / p_k where
      // unclipped.
      const float total = std::accumulate(output, output + batch.outputs, 0.0F);
      float unclipped = 0;
      for (std::int64_t k = 0; k < batch.outputs; ++k) {
        const float share = output[k] / total;
        const float clipped = std::clamp(share, probability_epsilon, 1 - probability_epsilon);
        row_loss -= target(r, k) * std::log(clipped);
        if (share == clipped) unclipped += target(r, k);
      }
      for (std::int64_t k = 0; k < batch.outputs && batch.delta.data != nullptr; ++k) {
        const float share = output[k] / total;
        const bool free = share >= probability_epsilon && share <= 1 - probability_epsilon;
        batch.delta.row(r)[k] = (unclipped / total - (free ? target(r, k) / output[k] : 0.0F)) * scale;
      }
    }
    sum += row_loss * static_cast<double>(weight);
  }
  return sum;
}

double reference_rows(std::span<const double> output, bool from_logits, auto target) {
  double total = 0, largest = *std::max_element(output.begin(), output.end());
  for (const double value : output) total += from_logits ? std::exp(value - largest) : value;
  double loss = 0;
  for (std::size_t k = 0; k < output.size(); ++k) {
    const double log_p = from_logits ? output[k] - largest - std::log(total) : std::log(output[k] / total);
    if (target(k) != 0) loss -= target(k) * log_p;
  }
  return loss;
}

void check_classes(std::string_view who, std::int64_t outputs) {
  if (outputs < 2)
    fail(ErrorKind::usage, who,
         "the model has 1 output unit, expected one a class, 2 or more; for two classes in one unit take "
         "binary_crossentropy");
}

class CategoricalCrossentropyLoss final : public Loss {
 public:
  CategoricalCrossentropyLoss(const CategoricalCrossentropy& options, Semantics) : options_(options) {}
  TargetKind targets() const override { return TargetKind::classes; }
  std::string_view fused_activation() const override { return options_.from_logits ? "" : "softmax"; }
  bool takes_logits() const override { return options_.from_logits; }
  void check_outputs(std::int64_t outputs) const override { check_classes(CategoricalCrossentropy::op, outputs); }
  std::string target_problem(float value, std::int64_t) const override {
    return value >= 0 && value <= 1 ? ""
                                    : number_text(value) + ", expected a probability from 0 to 1 (one column a class)";
  }
  void rows(const LossBatch& batch, bool fused) const override {
    const auto smoothing = static_cast<float>(options_.label_smoothing);
    const float floor = smoothing / static_cast<float>(batch.outputs);
    *batch.row_losses_sum = crossentropy_rows(batch, fused, options_.from_logits, [&](std::int64_t r, std::int64_t k) {
      return batch.target.row(r)[k] * (1 - smoothing) + floor;
    });
  }
  double reference(std::span<const double> output, std::span<const double> target) const override {
    return reference_rows(output, options_.from_logits, [&](std::size_t k) {
      return target[k] * (1 - options_.label_smoothing) + options_.label_smoothing / static_cast<double>(output.size());
    });
  }

 private:
  CategoricalCrossentropy options_;
};

class SparseCategoricalCrossentropyLoss final : public Loss {
 public:
  SparseCategoricalCrossentropyLoss(const SparseCategoricalCrossentropy& options, Semantics) : options_(options) {}
  TargetKind targets() const override { return TargetKind::classes; }
  std::string_view fused_activation() const override { return options_.from_logits ? "" : "softmax"; }
  bool takes_logits() const override { return options_.from_logits; }
  std::int64_t target_width(std::int64_t) const override { return 1; }
  void check_outputs(std::int64_t outputs) const override { check_classes(SparseCategoricalCrossentropy::op, outputs); }
  std::string target_problem(float value, std::int64_t outputs) const override {
    if (value == std::floor(value) && value >= 0 && value < static_cast<float>(outputs)) return "";
    return number_text(value) + ", expected a class from 0 to " + std::to_string(outputs - 1);
  }
  std::string target_remedy(float value, std::int64_t outputs) const override {
    const bool counted_from_one = value == static_cast<float>(outputs);
    return counted_from_one ? "if classes are counted from 1, subtract 1 from each (y - 1)" : "";
  }
  void rows(const LossBatch& batch, bool fused) const override {
    *batch.row_losses_sum = crossentropy_rows(batch, fused, options_.from_logits, [&](std::int64_t r, std::int64_t k) {
      return static_cast<std::int64_t>(batch.target.row(r)[0]) == k ? 1.0F : 0.0F;
    });
  }
  double reference(std::span<const double> output, std::span<const double> target) const override {
    return reference_rows(output, options_.from_logits,
                          [&](std::size_t k) { return static_cast<std::size_t>(target[0]) == k ? 1.0 : 0.0; });
  }

 private:
  SparseCategoricalCrossentropy options_;
};

}  // namespace

LossRow categorical_crossentropy_row() {
  return loss_row_of<CategoricalCrossentropy, CategoricalCrossentropyLoss>(
      "-sum of t log p over the classes; targets have one column a class", "softmax", {"cce"},
      {"categorical_crossentropy:from_logits=true", "categorical_crossentropy:label_smoothing=0.1"});
}
LossRow sparse_categorical_crossentropy_row() {
  return loss_row_of<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyLoss>(
      "-log p of the class; targets are indices of classes", "softmax", {"scce"},
      {"sparse_categorical_crossentropy:from_logits=true"});
}

}  // namespace millrace
