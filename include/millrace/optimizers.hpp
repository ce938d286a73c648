// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Sgd{.learning_rate = 0.1, .momentum = 0.9}, .loss = MeanSquaredError{}});
//
// Optimizers. g is the gradient of the batch's mean loss, w a weight, t the number of the update, from 1. Formulas and
// defaults are Keras's.
#pragma once

#include "millrace/optimizers_adam.hpp"
#include "millrace/optimizers_adaptive.hpp"
#include "millrace/optimizers_lbfgs.hpp"
#include "millrace/options.hpp"

namespace millrace {

/// w -= lr g;  with momentum: v = momentum v - lr g, w += v;  with Nesterov: w += momentum v - lr g.
struct Sgd {
  static constexpr OptimizerName op = "sgd";
  NameTheOption name_the_option{};
  double learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  static Sgd defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 1e-3};
    if (semantics == Semantics::sklearn) return {.learning_rate = 1e-3, .momentum = 0.9, .nesterov = true};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Sgd::learning_rate, "step size", not_negative),
                      field("momentum", &Sgd::momentum, "share of the last update that is kept", fraction),
                      field("nesterov", &Sgd::nesterov, "Nesterov's momentum")};
  }
};

/// w -= lr sign(b1 m + (1 - b1) g);  m = b2 m + (1 - b2) g.
struct Lion {
  static constexpr OptimizerName op = "lion";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Lion::learning_rate, "step size", not_negative),
                      field("beta_1", &Lion::beta_1, "share of the old mean in the step", fraction),
                      field("beta_2", &Lion::beta_2, "decay of the mean of gradients", fraction)};
  }
};

/// d = m^ / (sqrt(v^) + epsilon) with Adam's bias-corrected moments;  w -= lr |w| / |d| d, norms of the whole
/// parameter.
struct Lamb {
  static constexpr OptimizerName op = "lamb";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("learning_rate", &Lamb::learning_rate, "share of its norm that a parameter moves by", not_negative),
        field("beta_1", &Lamb::beta_1, "decay of the mean of gradients", fraction),
        field("beta_2", &Lamb::beta_2, "decay of the mean of squared gradients", fraction),
        field("epsilon", &Lamb::epsilon, "added to the denominator", positive)};
  }
};

}  // namespace millrace
