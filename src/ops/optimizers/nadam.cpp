// SPDX-License-Identifier: Apache-2.0
//
// Dozat, "Incorporating Nesterov momentum into Adam", 2016.
#include <algorithm>

#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

struct NadamRule {
  static constexpr std::array<std::string_view, 2> slots{"m", "v"};
  static constexpr bool fixed_momentum = true;
  double beta_1, beta_2, epsilon, decay;  // momentum of update t: u_t = beta_1 (1 - 0.96^(decay t) / 2)
  std::vector<double> products{1};        // u_1 ... u_t by t, until the factor rounds to 1

  NadamRule(const Nadam& o, double momentum_decay)
      : beta_1(o.beta_1), beta_2(o.beta_2), epsilon(o.epsilon), decay(momentum_decay) {
    while (products.back() > 1e-18)
      products.push_back(products.back() * momentum(static_cast<double>(products.size())));
  }
  double momentum(double t) const { return beta_1 * (1 - 0.5 * std::pow(0.96, decay * t)); }
  // c: factors of m and of g in the mean, 1 - beta_1, 1 - beta_2, 1 / (1 - beta_2^t), epsilon
  std::array<double, 6> constants(double t, double learning_rate) const {
    const double product = products[std::min(static_cast<std::size_t>(t), products.size() - 1)];
    const double next = momentum(t + 1);
    return {learning_rate * next / (1 - product * next),
            learning_rate * (1 - momentum(t)) / (1 - product),
            1 - beta_1,
            1 - beta_2,
            1 / (1 - std::pow(beta_2, t)),
            epsilon};
  }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] += (g - s[0]) * c[2];
    s[1] += (g * g - s[1]) * c[3];
    w -= (c[0] * s[0] + c[1] * g) / (std::sqrt(s[1] * c[4]) + c[5]);
  }
};

std::shared_ptr<const Optimizer> make(const Nadam& o, Semantics semantics) {
  // With torch's momentum_decay of 0.004 the momentum rises 250 times more slowly than with Keras's.
  return optimizer_of(o.learning_rate, NadamRule(o, semantics == Semantics::torch ? 0.004 : 1.0));
}

}  // namespace

OptimizerRow nadam_row() {
  return optimizer_row_of<Nadam, make>("Adam with Nesterov momentum", {"nadam:epsilon=0.001"});
}

}  // namespace millrace
