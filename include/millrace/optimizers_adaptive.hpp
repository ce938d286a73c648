// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Rmsprop{.momentum = 0.9}, .loss = MeanSquaredError{}});
//
// Optimizers that divide by what squared gradients add up to. Notation as in optimizers.hpp.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// s = rho s + (1 - rho) g^2;  w -= lr g / sqrt(s + epsilon);  centered: s less the squared mean of g.
struct Rmsprop {
  static constexpr OptimizerName op = "rmsprop";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  static Rmsprop defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 1e-2, .rho = 0.99, .epsilon = 1e-8};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Rmsprop::learning_rate, "step size", not_negative),
                      field("rho", &Rmsprop::rho, "decay of the mean of squared gradients", fraction),
                      field("momentum", &Rmsprop::momentum, "share of the last update that is kept", fraction),
                      field("epsilon", &Rmsprop::epsilon, "added under the root", positive),
                      field("centered", &Rmsprop::centered, "divide by the variance instead of the mean square")};
  }
};

/// s += g^2;  w -= lr g / sqrt(s + epsilon).
struct Adagrad {
  static constexpr OptimizerName op = "adagrad";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  static Adagrad defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 1e-2, .initial_accumulator_value = 0, .epsilon = 1e-10};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Adagrad::learning_rate, "step size", not_negative),
                      field("initial_accumulator_value", &Adagrad::initial_accumulator_value,
                            "the sum before the first step", not_negative),
                      field("epsilon", &Adagrad::epsilon, "added under the root", positive)};
  }
};

/// s = rho s + (1 - rho) g^2;  step = g sqrt(d + epsilon) / sqrt(s + epsilon);  d likewise of step;  w -= lr step.
struct Adadelta {
  static constexpr OptimizerName op = "adadelta";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double rho = 0.95;
  double epsilon = 1e-7;
  static Adadelta defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 1, .rho = 0.9, .epsilon = 1e-6};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Adadelta::learning_rate, "step size", not_negative),
                      field("rho", &Adadelta::rho, "decay of the means of squares", fraction),
                      field("epsilon", &Adadelta::epsilon, "added under the roots", positive)};
  }
};

/// Follow the regularised leader, with Keras's options. A step whose rate is 0 (a warm-up's first) changes nothing: the
/// rate divides.
struct Ftrl {
  static constexpr OptimizerName op = "ftrl";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  double l2_shrinkage_regularization_strength = 0;
  double beta = 0;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Ftrl::learning_rate, "step size", positive),
                      field("learning_rate_power", &Ftrl::learning_rate_power,
                            "how the step falls with the summed squares, 0 or less"),
                      field("initial_accumulator_value", &Ftrl::initial_accumulator_value,
                            "the sum before the first step", not_negative),
                      field("l1_regularization_strength", &Ftrl::l1_regularization_strength,
                            "pulls small weights to zero", not_negative),
                      field("l2_regularization_strength", &Ftrl::l2_regularization_strength,
                            "pulls all weights towards zero", not_negative),
                      field("l2_shrinkage_regularization_strength", &Ftrl::l2_shrinkage_regularization_strength,
                            "adds 2 s w to the gradient, not to its square", not_negative),
                      field("beta", &Ftrl::beta, "the paper's beta", not_negative)};
  }
};

}  // namespace millrace
