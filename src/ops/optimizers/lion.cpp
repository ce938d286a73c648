// SPDX-License-Identifier: Apache-2.0
//
// Chen and others, "Symbolic discovery of optimization algorithms", 2023.
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

// c: rate, 1 - beta_1, 1 - beta_2
struct LionRule {
  static constexpr std::array<std::string_view, 1> slots{"m"};
  double beta_1, beta_2;
  std::array<double, 3> constants(double, double learning_rate) const {
    return {learning_rate, 1 - beta_1, 1 - beta_2};
  }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    const T mixed = s[0] + (g - s[0]) * c[1];
    w -= mixed > 0 ? c[0] : mixed < 0 ? -c[0] : T{0};
    s[0] += (g - s[0]) * c[2];
  }
};

std::shared_ptr<const Optimizer> make(const Lion& o, Semantics) {
  return optimizer_of(o.learning_rate, LionRule{o.beta_1, o.beta_2});
}

}  // namespace

OptimizerRow lion_row() { return optimizer_row_of<Lion, make>("steps by the sign of an averaged gradient"); }

}  // namespace millrace
