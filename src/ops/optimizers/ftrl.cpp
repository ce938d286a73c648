// SPDX-License-Identifier: Apache-2.0
//
// McMahan and others, "Ad click prediction: a view from the trenches", 2013, as Keras has it.
#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

// c: rate, l1, l2 + beta / (2 rate), shrinkage, -power. The usual power is a square root, which vectorises and takes a
// fifth of the time.
template <bool SquareRoot>
struct FtrlRule {
  static constexpr std::array<std::string_view, 2> slots{"accumulator", "linear"};
  Ftrl options;
  float initial_slot(int index) const { return index == 0 ? static_cast<float>(options.initial_accumulator_value) : 0; }
  std::array<double, 5> constants(double, double learning_rate) const {
    return {learning_rate, options.l1_regularization_strength,
            options.l2_regularization_strength + options.beta / (2 * learning_rate),
            options.l2_shrinkage_regularization_strength, -options.learning_rate_power};
  }
  template <class T>
  static T power(T value, T exponent) {
    if constexpr (SquareRoot) return std::sqrt(value);
    return std::pow(value, exponent);
  }
  template <class T>
  static void apply(T& w, T* s, T g, const T* c) {
    if (c[0] == 0) return;  // the formula divides by the rate
    const T grown = s[0] + g * g;
    const T before = power(s[0], c[4]), after = power(grown, c[4]);
    s[1] += g + 2 * c[3] * w - (after - before) / c[0] * w;
    s[0] = grown;
    const T clipped = std::max(-c[1], std::min(c[1], s[1]));
    const T divisor = after / c[0] + 2 * c[2], next = (clipped - s[1]) / divisor;
    // A sum that began at 0 is still 0 if every gradient was 0 (padding, a feature that is always 0). Then the quotient
    // would be 0 / 0, and 0 is correct. A choice between two values can be vectorised.
    w = divisor == 0 ? T{0} : next;
  }
};

std::shared_ptr<const Optimizer> make(const Ftrl& o, Semantics) {
  if (o.learning_rate_power > 0) {
    fail(ErrorKind::usage, Ftrl::op,
         "learning_rate_power is " + number_text(o.learning_rate_power) + ", expected 0 or less");
  }
  if (o.learning_rate_power == -0.5) return optimizer_of(o.learning_rate, FtrlRule<true>{o});
  return optimizer_of(o.learning_rate, FtrlRule<false>{o});
}

}  // namespace

OptimizerRow ftrl_row() {
  return optimizer_row_of<Ftrl, make>("follow the regularised leader, for sparse models",
                                      {"ftrl:learning_rate=0.1:l1_regularization_strength=0.01:l2_regularization_"
                                       "strength=0.02:l2_shrinkage_regularization_strength=0.01:beta=0.1",
                                       "ftrl:learning_rate_power=-0.7"});
}

}  // namespace millrace
