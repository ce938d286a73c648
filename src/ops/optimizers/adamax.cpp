// SPDX-License-Identifier: Apache-2.0
//
// Kingma, Ba, "Adam", 2015, section 7: the infinity norm in place of the second moment.
#include <algorithm>

#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

// c: rate / (1 - beta_1^t), 1 - beta_1, beta_2, epsilon. torch adds epsilon inside the maximum and keeps it there.
template <bool torch>
struct AdamaxRule {
  static constexpr std::array<std::string_view, 2> slots{"m", "u"};
  double beta_1, beta_2, epsilon;
  std::array<double, 4> constants(double t, double learning_rate) const {
    return {learning_rate / (1 - std::pow(beta_1, t)), 1 - beta_1, beta_2, epsilon};
  }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] += (g - s[0]) * c[1];
    s[1] = std::max(c[2] * s[1], std::abs(g) + (torch ? c[3] : T{0}));
    w -= c[0] * s[0] / (s[1] + (torch ? T{0} : c[3]));
  }
};

std::shared_ptr<const Optimizer> make(const Adamax& o, Semantics semantics) {
  if (semantics == Semantics::torch)
    return optimizer_of(o.learning_rate, AdamaxRule<true>{o.beta_1, o.beta_2, o.epsilon});
  return optimizer_of(o.learning_rate, AdamaxRule<false>{o.beta_1, o.beta_2, o.epsilon});
}

}  // namespace

OptimizerRow adamax_row() {
  return optimizer_row_of<Adamax, make>("Adam with the infinity norm", {"adamax:epsilon=0.001"});
}

}  // namespace millrace
