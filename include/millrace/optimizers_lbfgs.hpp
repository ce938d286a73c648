// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Lbfgs{}, .loss = BinaryCrossentropy{}});
//   model.fit(data, {.epochs = 200, .batch_size = data.rows()});
//
// For tables of some thousand rows: all of them are one batch, and an epoch is one iteration.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5): d = -H g, where H is the inverse
/// Hessian as the last `history` steps and changes of the gradient show it; w += t d, with t from a line search that
/// satisfies the strong Wolfe conditions (f(t) <= f(0) + 1e-4 t f'(0), |f'(t)| <= 0.9 |f'(0)|), after PyTorch's.
/// The run ends when a tolerance is reached. What makes the loss another function from one evaluation to the next
/// (smaller batches, dropout, batch normalisation) or lengthens steps behind its back (clipping, decay, averages,
/// max_norm) is refused, as is l1, whose gradient jumps.
struct Lbfgs {
  static constexpr OptimizerName op = "lbfgs";
  NameTheOption name_the_option{};
  double learning_rate = 1;  ///< the step t that is tried first; the very first is also divided by |g| (torch: sum |g|)
  std::int64_t history = 10;         ///< steps that are remembered, each with 2 values a weight
  std::int64_t iterations = 1;       ///< of one epoch
  std::int64_t evaluations = 0;      ///< of the loss, most in one epoch; 0: 25 an iteration
  double tolerance_gradient = 1e-7;  ///< ends the run where no element of the gradient is larger
  double tolerance_change = 1e-9;    ///< ends the run where neither the loss nor a weight changes by more
  static Lbfgs defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.history = 100, .iterations = 20, .evaluations = 25};
    if (semantics == Semantics::sklearn) return {.tolerance_gradient = 1e-4};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("learning_rate", &Lbfgs::learning_rate, "the step that a line search tries first", positive),
        field("history", &Lbfgs::history, "steps that are remembered", positive),
        field("iterations", &Lbfgs::iterations, "line searches of an epoch", positive),
        field("evaluations", &Lbfgs::evaluations, "most evaluations of an epoch; 0: 25 an iteration", not_negative),
        field("tolerance_gradient", &Lbfgs::tolerance_gradient, "the run ends where no gradient is larger",
              not_negative),
        field("tolerance_change", &Lbfgs::tolerance_change, "the run ends where loss and weights change by less",
              not_negative)};
  }
};

}  // namespace millrace
