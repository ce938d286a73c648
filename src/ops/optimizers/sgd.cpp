// SPDX-License-Identifier: Apache-2.0
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

struct Plain {
  static constexpr std::array<std::string_view, 0> slots{};
  std::array<double, 1> constants(double, double learning_rate) const { return {learning_rate}; }
  template <class T>
  static void apply(T& w, T*, T g, const T* c) {
    w -= c[0] * g;
  }
};

// keras: v = momentum v - lr g, so that a smaller rate acts on new gradients only.
template <bool nesterov>
struct Momentum {
  static constexpr std::array<std::string_view, 1> slots{"velocity"};
  double momentum;
  std::array<double, 2> constants(double, double learning_rate) const { return {learning_rate, momentum}; }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] = c[1] * s[0] - c[0] * g;
    w += nesterov ? c[1] * s[0] - c[0] * g : s[0];
  }
};

// torch: v = momentum v + g, w -= lr v: a smaller rate acts on the whole velocity.
template <bool nesterov>
struct TorchMomentum {
  static constexpr std::array<std::string_view, 1> slots{"velocity"};
  double momentum;
  std::array<double, 2> constants(double, double learning_rate) const { return {learning_rate, momentum}; }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    s[0] = c[1] * s[0] + g;
    w -= c[0] * (nesterov ? g + c[1] * s[0] : s[0]);
  }
};

std::shared_ptr<const Optimizer> make(const Sgd& o, Semantics semantics) {
  if (o.momentum == 0) return optimizer_of(o.learning_rate, Plain{});
  if (semantics == Semantics::torch) {
    return o.nesterov ? optimizer_of(o.learning_rate, TorchMomentum<true>{o.momentum})
                      : optimizer_of(o.learning_rate, TorchMomentum<false>{o.momentum});
  }
  return o.nesterov ? optimizer_of(o.learning_rate, Momentum<true>{o.momentum})
                    : optimizer_of(o.learning_rate, Momentum<false>{o.momentum});
}

}  // namespace

OptimizerRow sgd_row() {
  return optimizer_row_of<Sgd, make>("gradient descent, optionally with momentum",
                                     {"sgd:momentum=0.9", "sgd:momentum=0.9:nesterov=true"});
}

}  // namespace millrace
