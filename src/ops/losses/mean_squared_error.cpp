// SPDX-License-Identifier: Apache-2.0
#include "millrace/losses.hpp"
#include "ops/losses/loss.hpp"

namespace millrace {

namespace {

class MeanSquaredErrorLoss final : public Loss {
 public:
  explicit MeanSquaredErrorLoss(const MeanSquaredError&) {}

  void rows(const LossRows& batch, bool) const override {
    const float mean = 1.0F / static_cast<float>(batch.outputs);
    double sum = 0;
    for (std::int64_t r = 0; r < batch.rows; ++r) {
      const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
      const float scale = 2 * mean * weight * batch.scale;
      double squares = 0;
      for (std::int64_t i = 0; i < batch.outputs; ++i) {
        const float error = batch.output.row(r)[i] - batch.target.row(r)[i];
        squares += static_cast<double>(error) * static_cast<double>(error);
        if (batch.delta.data != nullptr) batch.delta.row(r)[i] = error * scale;
      }
      sum += squares * static_cast<double>(mean * weight);
    }
    *batch.row_losses_sum = sum;
  }

  double reference(std::span<const double> output, std::span<const double> target) const override {
    double squares = 0;
    for (std::size_t i = 0; i < output.size(); ++i) squares += (output[i] - target[i]) * (output[i] - target[i]);
    return squares / static_cast<double>(output.size());
  }
};

}  // namespace

LossRow mean_squared_error_row() { return loss_row_of<MeanSquaredError, MeanSquaredErrorLoss>("the mean of (y - t)^2", "linear", {"mse"}); }

}  // namespace millrace
