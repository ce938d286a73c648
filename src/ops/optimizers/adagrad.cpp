// SPDX-License-Identifier: Apache-2.0
//
// Adagrad (Duchi, Hazan, Singer, 2011) and Adadelta (Zeiler, 2012).
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

// c: rate, epsilon. keras: epsilon under the root; torch: beside it.
template <bool torch>
struct AdagradRule {
  static constexpr std::array<std::string_view, 1> slots{"sum"};
  double epsilon, start;
  float initial_slot(int) const { return static_cast<float>(start); }
  std::array<double, 2> constants(double, double learning_rate) const { return {learning_rate, epsilon}; }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] += g * g;
    w -= c[0] * g / (torch ? std::sqrt(s[0]) + c[1] : std::sqrt(s[0] + c[1]));
  }
};

// c: rate, 1 - rho, epsilon
struct AdadeltaRule {
  static constexpr std::array<std::string_view, 2> slots{"square", "step"};
  double rho, epsilon;
  std::array<double, 3> constants(double, double learning_rate) const { return {learning_rate, 1 - rho, epsilon}; }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] += (g * g - s[0]) * c[1];
    const T step = std::sqrt(s[1] + c[2]) / std::sqrt(s[0] + c[2]) * g;
    s[1] += (step * step - s[1]) * c[1];
    w -= c[0] * step;
  }
};

std::shared_ptr<const Optimizer> make_adagrad(const Adagrad& o, Semantics semantics) {
  if (semantics == Semantics::torch)
    return optimizer_of(o.learning_rate, AdagradRule<true>{o.epsilon, o.initial_accumulator_value});
  return optimizer_of(o.learning_rate, AdagradRule<false>{o.epsilon, o.initial_accumulator_value});
}
std::shared_ptr<const Optimizer> make_adadelta(const Adadelta& o, Semantics) {
  return optimizer_of(o.learning_rate, AdadeltaRule{o.rho, o.epsilon});
}

}  // namespace

OptimizerRow adagrad_row() {
  return optimizer_row_of<Adagrad, make_adagrad>("gradient divided by the root of its summed squares");
}
OptimizerRow adadelta_row() {
  return optimizer_row_of<Adadelta, make_adadelta>(
      "gradient scaled by the sizes of earlier steps; needs no learning rate", {"adadelta:learning_rate=1"});
}

}  // namespace millrace
