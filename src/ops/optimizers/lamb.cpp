// SPDX-License-Identifier: Apache-2.0
//
// You and others, "Large batch optimization for deep learning: training BERT in 76 minutes", 2020, as Keras has it:
// each parameter, biases included, has its own quotient of norms, and the quotient is not clamped.
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

// c: rate, 1 - beta_1, 1 - beta_2, 1 / (1 - beta_1^t), 1 / (1 - beta_2^t), epsilon
struct LambRule {
  static constexpr std::array<std::string_view, 2> slots{"m", "v"};
  double beta_1, beta_2, epsilon;
  std::array<double, 6> constants(double t, double learning_rate) const {
    return {learning_rate, 1 - beta_1, 1 - beta_2, 1 / (1 - std::pow(beta_1, t)), 1 / (1 - std::pow(beta_2, t)),
            epsilon};
  }
  template <class T>
  static T direction(T* s, T g, const T* c) {
    s[0] += (g - s[0]) * c[1];
    s[1] += (g * g - s[1]) * c[2];
    return s[0] * c[3] / (std::sqrt(s[1] * c[4]) + c[5]);
  }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    w -= c[0] * direction(s, g, c);
  }
};

std::shared_ptr<const Optimizer> make(const Lamb& o, Semantics) {
  return optimizer_of(o.learning_rate, LambRule{o.beta_1, o.beta_2, o.epsilon});
}

}  // namespace

OptimizerRow lamb_row() {
  return optimizer_row_of<Lamb, make>("Adam with steps proportional to the norm of each parameter",
                                      {"lamb:epsilon=0.001"});
}

}  // namespace millrace
