// SPDX-License-Identifier: Apache-2.0
//
// The options of L-BFGS; step/lbfgs.cpp computes its iterations.
#include "base/fail.hpp"
#include "millrace/optimizers.hpp"
#include "ops/optimizers/rule.hpp"

namespace millrace {

namespace {

// The first step, without curvature pairs, is steepest descent.
struct LbfgsRule {
  static constexpr std::array<std::string_view, 0> slots{};
  Lbfgs options;
  std::array<double, 1> constants(double, double learning_rate) const { return {learning_rate}; }
  const Lbfgs& line_search() const { return options; }
  template <class T>
  static void apply(T& w, T*, T g, const T* c) {
    w -= c[0] * g;
  }
};

std::shared_ptr<const Optimizer> make(const Lbfgs& o, Semantics) {
  constexpr std::int64_t most = 10'000;  // a hundred times the usual number; each pair takes memory and a name
  if (o.history > most)
    fail(ErrorKind::usage, Lbfgs::op,
         "history is " + std::to_string(o.history) + ", expected at most " + std::to_string(most));
  return optimizer_of(o.learning_rate, LbfgsRule{o});
}

}  // namespace

OptimizerRow lbfgs_row() {
  return optimizer_row_of<Lbfgs, make>("limited-memory BFGS with a line search, on all rows at once",
                                       {"lbfgs:history=3:iterations=2"});
}

}  // namespace millrace
