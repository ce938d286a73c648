// SPDX-License-Identifier: Apache-2.0
//
// Tieleman, Hinton, "RMSprop", 2012; centred as in Graves, "Generating sequences with recurrent neural networks", 2013.
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

// c: rate, 1 - rho, momentum, epsilon. keras: epsilon under the root, the rate inside the momentum; torch: both
// outside.
template <bool centered, bool with_momentum, bool torch>
struct RmspropRule {
  // s[0]: mean of squares; then the mean of gradients if centred; then the velocity if there is momentum.
  static constexpr auto slots = [] {
    std::array<std::string_view, 1 + centered + with_momentum> names{};
    names[0] = "square";
    if (centered) names[1] = "mean";
    if (with_momentum) names.back() = "momentum";
    return names;
  }();
  static constexpr bool fixed_momentum = !with_momentum;
  double rho, momentum, epsilon;
  std::array<double, 4> constants(double, double learning_rate) const {
    return {learning_rate, 1 - rho, momentum, epsilon};
  }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] += (g * g - s[0]) * c[1];
    T square = s[0];
    if constexpr (centered) {
      s[1] += (g - s[1]) * c[1];
      square -= s[1] * s[1];
    }
    const T scaled = g / (torch ? std::sqrt(square) + c[3] : std::sqrt(square + c[3]));
    if constexpr (with_momentum) {
      T& kept = s[1 + centered];
      kept = c[2] * kept + (torch ? scaled : c[0] * scaled);
      w -= torch ? c[0] * kept : kept;
    } else {
      w -= c[0] * scaled;
    }
  }
};

template <bool centered, bool torch>
std::shared_ptr<const Optimizer> with_momentum(const Rmsprop& o) {
  if (o.momentum > 0)
    return optimizer_of(o.learning_rate, RmspropRule<centered, true, torch>{o.rho, o.momentum, o.epsilon});
  return optimizer_of(o.learning_rate, RmspropRule<centered, false, torch>{o.rho, o.momentum, o.epsilon});
}

std::shared_ptr<const Optimizer> make(const Rmsprop& o, Semantics semantics) {
  if (semantics == Semantics::torch) return o.centered ? with_momentum<true, true>(o) : with_momentum<false, true>(o);
  return o.centered ? with_momentum<true, false>(o) : with_momentum<false, false>(o);
}

}  // namespace

OptimizerRow rmsprop_row() {
  return optimizer_row_of<Rmsprop, make>("gradient divided by its root mean square",
                                         {"rmsprop:momentum=0.9", "rmsprop:centered=true:epsilon=0.01",
                                          "rmsprop:momentum=0.5:centered=true:epsilon=0.01"});
}

}  // namespace millrace
