// SPDX-License-Identifier: Apache-2.0
//
// Dozat, "Incorporating Nesterov momentum into Adam", 2016.
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

struct NadamRule {
  static constexpr std::array<std::string_view, 2> slots{"m", "v"};
  double beta_1, beta_2, epsilon, decay;  // momentum of update t: u_t = beta_1 (1 - 0.96^(decay t) / 2)

  double momentum(double t) const { return beta_1 * (1 - 0.5 * std::pow(0.96, decay * t)); }
  // c: factors of m and of g in the mean, 1 - beta_1, 1 - beta_2, 1 / (1 - beta_2^t), epsilon
  std::array<double, 6> constants(double t, double learning_rate) const {
    double product = 1;  // u_1 ... u_t; below 1e-30 it no longer counts
    for (double i = 1; i <= t && product > 1e-30; ++i) product *= momentum(i);
    const double next = momentum(t + 1);
    return {learning_rate * next / (1 - product * next), learning_rate * (1 - momentum(t)) / (1 - product), 1 - beta_1, 1 - beta_2, 1 / (1 - std::pow(beta_2, t)), epsilon};
  }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] += (g - s[0]) * c[2];
    s[1] += (g * g - s[1]) * c[3];
    w -= (c[0] * s[0] + c[1] * g) / (std::sqrt(s[1] * c[4]) + c[5]);
  }
};

std::shared_ptr<const Optimizer> make(const Nadam& o, Semantics semantics) {
  // torch's momentum_decay of 0.004 makes it rise 250 times as slowly as Keras's.
  return optimizer_of(o.learning_rate, NadamRule{o.beta_1, o.beta_2, o.epsilon, semantics == Semantics::torch ? 0.004 : 1.0});
}

}  // namespace

OptimizerRow nadam_row() { return optimizer_row_of<Nadam, make>("Adam with Nesterov's momentum", {"nadam:epsilon=0.001"}); }

}  // namespace millrace
