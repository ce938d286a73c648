// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "millrace/losses.hpp"
#include "ops/losses/loss.hpp"

namespace millrace {

namespace {

// sum_k t log(t / y), both clipped to [1e-7, 1] as Keras does.
class KlDivergenceLoss final : public Loss {
 public:
  KlDivergenceLoss(const KlDivergence&, Semantics) {}
  TargetKind targets() const override { return TargetKind::classes; }
  std::string target_problem(float value, std::int64_t) const override {
    return value >= 0 && value <= 1 ? "" : number_text(value) + ", expected a probability from 0 to 1";
  }

  void rows(const LossBatch& batch, bool) const override {
    double sum = 0;
    for (std::int64_t r = 0; r < batch.rows; ++r) {
      const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
      double row_loss = 0;
      for (std::int64_t i = 0; i < batch.outputs; ++i) {
        const float t = clip(batch.target.row(r)[i]), output = batch.output.row(r)[i], y = clip(output);
        row_loss += static_cast<double>(t * std::log(t / y));
        if (batch.delta.data != nullptr) batch.delta.row(r)[i] = y == output ? -t / y * weight * batch.scale : 0.0F;
      }
      sum += row_loss * static_cast<double>(weight);
    }
    *batch.row_losses_sum = sum;
  }
  double reference(std::span<const double> output, std::span<const double> target) const override {
    double sum = 0;
    for (std::size_t i = 0; i < output.size(); ++i)
      sum += clip(target[i]) * std::log(clip(target[i]) / clip(output[i]));
    return sum;
  }

 private:
  template <class T>
  static T clip(T p) {
    return std::clamp(p, static_cast<T>(1e-7), T{1});
  }
};

}  // namespace

LossRow kl_divergence_row() {
  return loss_row_of<KlDivergence, KlDivergenceLoss>("sum of t log(t / y)", "softmax", {"kld"});
}

}  // namespace millrace
