// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/vectorize.hpp"
#include "millrace/optimizers.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace {

namespace {

struct Factors {
  float step, new_m, new_v, epsilon;  // new_m = 1 - beta_1, taken in double: 1 - 0.999F is 5e-5 off
};

MILLRACE_VECTORIZED void update_run(float* __restrict w, float* __restrict m, float* __restrict v, const float* __restrict g, std::int64_t count, Factors f) {
  for (std::int64_t i = 0; i < count; ++i) {
    m[i] += (g[i] - m[i]) * f.new_m;
    v[i] += (g[i] * g[i] - v[i]) * f.new_v;
    w[i] -= f.step * m[i] / (std::sqrt(v[i]) + f.epsilon);
  }
}

class AdamOptimizer final : public Optimizer {
 public:
  explicit AdamOptimizer(const Adam& options) : options_(options) {}

  double learning_rate() const override { return options_.learning_rate; }
  std::vector<std::string_view> slots() const override { return {"m", "v"}; }

  StepConstants constants(std::int64_t iteration, double learning_rate) const override {
    return {{static_cast<float>(step_size(iteration, learning_rate)), static_cast<float>(1 - options_.beta_1), static_cast<float>(1 - options_.beta_2),
             static_cast<float>(options_.epsilon)}};
  }

  void update(const UpdateBlock& b, const StepConstants& c) const override {
    const Factors factors{c.values[0], c.values[1], c.values[2], c.values[3]};
    for (std::int64_t r = 0; r < b.rows; ++r) {
      const std::int64_t at = r * b.stride;
      update_run(b.weights + at, b.slots[0] + at, b.slots[1] + at, b.gradient + r * b.gradient_stride, b.columns, factors);
    }
  }

  void reference(double& weight, std::span<double> slots, double gradient, std::int64_t iteration, double learning_rate) const override {
    slots[0] = options_.beta_1 * slots[0] + (1 - options_.beta_1) * gradient;
    slots[1] = options_.beta_2 * slots[1] + (1 - options_.beta_2) * gradient * gradient;
    weight -= step_size(iteration, learning_rate) * slots[0] / (std::sqrt(slots[1]) + options_.epsilon);
  }

 private:
  double step_size(std::int64_t iteration, double learning_rate) const {
    const auto t = static_cast<double>(iteration);
    return learning_rate * std::sqrt(1 - std::pow(options_.beta_2, t)) / (1 - std::pow(options_.beta_1, t));
  }
  Adam options_;
};

}  // namespace

OptimizerRow adam_row() { return optimizer_row_of<Adam, AdamOptimizer>("adaptive moments"); }

}  // namespace millrace
