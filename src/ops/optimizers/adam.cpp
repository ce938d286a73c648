// SPDX-License-Identifier: Apache-2.0
//
// Adam and AdamW. The updater applies AdamW's weight decay.
#include <algorithm>

#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

// c: step, 1 - beta_1, 1 - beta_2, epsilon. torch divides by sqrt(v / (1 - b2^t)) + epsilon, which is the same with
// another epsilon.
struct Moments {
  double beta_1, beta_2, epsilon;
  bool torch;
  std::array<double, 4> constants(double t, double learning_rate) const {
    const double root = std::sqrt(1 - std::pow(beta_2, t));
    return {learning_rate * root / (1 - std::pow(beta_1, t)), 1 - beta_1, 1 - beta_2, torch ? epsilon * root : epsilon};
  }
};

struct AdamRule : Moments {
  static constexpr std::array<std::string_view, 2> slots{"m", "v"};
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] += (g - s[0]) * c[1];
    s[1] += (g * g - s[1]) * c[2];
    w -= c[0] * s[0] / (std::sqrt(s[1]) + c[3]);
  }
};

// Reddi, Kale, Kumar, "On the convergence of Adam and beyond", 2018: the largest v so far, before its correction.
struct AmsgradRule : Moments {
  static constexpr std::array<std::string_view, 3> slots{"m", "v", "v_max"};
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] += (g - s[0]) * c[1];
    s[1] += (g * g - s[1]) * c[2];
    s[2] = std::max(s[2], s[1]);
    w -= c[0] * s[0] / (std::sqrt(s[2]) + c[3]);
  }
};

template <class Options>
std::shared_ptr<const Optimizer> make(const Options& o, Semantics semantics) {
  const Moments moments{o.beta_1, o.beta_2, o.epsilon, semantics == Semantics::torch};
  double decay = 0;
  if constexpr (requires { o.weight_decay; }) decay = o.weight_decay;
  return o.amsgrad ? optimizer_of(o.learning_rate, AmsgradRule{moments}, decay)
                   : optimizer_of(o.learning_rate, AdamRule{moments}, decay);
}

}  // namespace

OptimizerRow adam_row() {
  return optimizer_row_of<Adam, make<Adam>>("adaptive moment estimation",
                                            {"adam:amsgrad=true", "adam:beta_1=0.5:beta_2=0.9:epsilon=0.001"});
}
OptimizerRow adamw_row() { return optimizer_row_of<AdamW, make<AdamW>>("Adam with decoupled weight decay"); }

}  // namespace millrace
