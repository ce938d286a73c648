// SPDX-License-Identifier: Apache-2.0
//
// A rule that does not say how a weight moves is no optimizer and gets no row in the table.
// expected: UpdateRule|constraints not satisfied
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace {

struct Still {
  static constexpr std::array<std::string_view, 0> slots{};
  std::array<double, 1> constants(double, double learning_rate) const { return {learning_rate}; }
#ifndef WRONG
  template <class T>
  static void apply(T&, T*, T, const T*) {}
#endif
};

}  // namespace

std::shared_ptr<const millrace::Optimizer> still() { return millrace::optimizer_of(0.1, Still{}); }
