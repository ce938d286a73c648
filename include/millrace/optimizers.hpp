// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Sgd{.learning_rate = 0.1, .momentum = 0.9}, .loss = MeanSquaredError{}});
//
// Optimizers. g is the gradient of the batch's mean loss, w a weight, t the number of the update, from 1. Formulas and
// defaults are Keras's.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// w -= lr g;  with momentum: v = momentum v - lr g, w += v;  with Nesterov: w += momentum v - lr g.
struct Sgd {
  static constexpr std::string_view op = "sgd";
  double learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Sgd::learning_rate, "step size", not_negative),
                      field("momentum", &Sgd::momentum, "share of the last update that is kept", fraction),
                      field("nesterov", &Sgd::nesterov, "Nesterov's momentum")};
  }
};

/// m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  w -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon).
/// Kingma and Ba, "Adam", 2015, with the epsilon of its section 2 ("epsilon hat").
struct Adam {
  static constexpr std::string_view op = "adam";
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Adam::learning_rate, "step size", not_negative),
                      field("beta_1", &Adam::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &Adam::beta_2, "decay of the mean of squared gradients", fraction),
                      field("epsilon", &Adam::epsilon, "added to the denominator", positive)};
  }
};

}  // namespace millrace
