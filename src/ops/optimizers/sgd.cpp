// SPDX-License-Identifier: Apache-2.0
#include "base/vectorize.hpp"
#include "millrace/optimizers.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace {

namespace {

MILLRACE_VECTORIZED void plain_run(float* __restrict w, const float* __restrict g, std::int64_t count, float rate) {
  for (std::int64_t i = 0; i < count; ++i) w[i] -= rate * g[i];
}

MILLRACE_VECTORIZED void momentum_run(float* __restrict w, float* __restrict v, const float* __restrict g, std::int64_t count, float rate, float momentum) {
  for (std::int64_t i = 0; i < count; ++i) {
    v[i] = momentum * v[i] - rate * g[i];
    w[i] += v[i];
  }
}

MILLRACE_VECTORIZED void nesterov_run(float* __restrict w, float* __restrict v, const float* __restrict g, std::int64_t count, float rate, float momentum) {
  for (std::int64_t i = 0; i < count; ++i) {
    v[i] = momentum * v[i] - rate * g[i];
    w[i] += momentum * v[i] - rate * g[i];
  }
}

class SgdOptimizer final : public Optimizer {
 public:
  explicit SgdOptimizer(const Sgd& options) : options_(options) {}

  double learning_rate() const override { return options_.learning_rate; }
  std::vector<std::string_view> slots() const override {
    if (options_.momentum == 0) return {};
    return {"velocity"};
  }
  StepConstants constants(std::int64_t, double learning_rate) const override {
    return {{static_cast<float>(learning_rate), static_cast<float>(options_.momentum)}};
  }

  void update(const UpdateBlock& b, const StepConstants& c) const override {
    const float rate = c.values[0], momentum = c.values[1];
    for (std::int64_t r = 0; r < b.rows; ++r) {
      const std::int64_t at = r * b.stride;
      const float* g = b.gradient + r * b.gradient_stride;
      if (options_.momentum == 0) plain_run(b.weights + at, g, b.columns, rate);
      else if (options_.nesterov) nesterov_run(b.weights + at, b.slots[0] + at, g, b.columns, rate, momentum);
      else momentum_run(b.weights + at, b.slots[0] + at, g, b.columns, rate, momentum);
    }
  }

  void reference(double& weight, std::span<double> slots, double gradient, std::int64_t, double learning_rate) const override {
    if (slots.empty()) {
      weight -= learning_rate * gradient;
      return;
    }
    slots[0] = options_.momentum * slots[0] - learning_rate * gradient;
    weight += options_.nesterov ? options_.momentum * slots[0] - learning_rate * gradient : slots[0];
  }

 private:
  Sgd options_;
};

}  // namespace

OptimizerRow sgd_row() { return optimizer_row_of<Sgd, SgdOptimizer>("gradient descent, with momentum or Nesterov's", {"sgd:momentum=0.9", "sgd:momentum=0.9:nesterov=true"}); }

}  // namespace millrace
