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
  static Sgd defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 1e-3};
    if (semantics == Semantics::sklearn) return {.learning_rate = 1e-3, .momentum = 0.9, .nesterov = true};
    return {};
  }
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
  bool amsgrad = false;
  static Adam defaults(Semantics semantics) { return {.epsilon = semantics == Semantics::keras ? 1e-7 : 1e-8}; }
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Adam::learning_rate, "step size", not_negative),
                      field("beta_1", &Adam::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &Adam::beta_2, "decay of the mean of squared gradients", fraction),
                      field("epsilon", &Adam::epsilon, "added to the denominator", positive),
                      field("amsgrad", &Adam::amsgrad, "divide by the largest mean of squares so far")};
  }
};

/// Adam with w -= lr weight_decay w before the update. Loshchilov and Hutter, 2019.
struct AdamW {
  static constexpr std::string_view op = "adamw";
  double learning_rate = 1e-3;
  double weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  static AdamW defaults(Semantics semantics) {
    if (semantics == Semantics::keras) return {};
    return {.weight_decay = 0.01, .epsilon = 1e-8};
  }
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &AdamW::learning_rate, "step size", not_negative),
                      field("weight_decay", &AdamW::weight_decay, "share of a weight that a step of rate 1 removes", not_negative),
                      field("beta_1", &AdamW::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &AdamW::beta_2, "decay of the mean of squared gradients", fraction),
                      field("epsilon", &AdamW::epsilon, "added to the denominator", positive),
                      field("amsgrad", &AdamW::amsgrad, "divide by the largest mean of squares so far")};
  }
};

/// Adam with Nesterov's momentum, whose size rises with t.
struct Nadam {
  static constexpr std::string_view op = "nadam";
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  static Nadam defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 2e-3, .epsilon = 1e-8};
    return {};
  }
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Nadam::learning_rate, "step size", not_negative),
                      field("beta_1", &Nadam::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &Nadam::beta_2, "decay of the mean of squared gradients", fraction),
                      field("epsilon", &Nadam::epsilon, "added to the denominator", positive)};
  }
};

/// m = b1 m + (1 - b1) g;  u = max(b2 u, |g|);  w -= lr / (1 - b1^t) m / (u + epsilon).
struct Adamax {
  static constexpr std::string_view op = "adamax";
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  static Adamax defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 2e-3, .epsilon = 1e-8};
    return {};
  }
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Adamax::learning_rate, "step size", not_negative),
                      field("beta_1", &Adamax::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &Adamax::beta_2, "decay of the largest gradient", fraction),
                      field("epsilon", &Adamax::epsilon, "added to the denominator", positive)};
  }
};

/// s = rho s + (1 - rho) g^2;  w -= lr g / sqrt(s + epsilon);  centered: s less the squared mean of g.
struct Rmsprop {
  static constexpr std::string_view op = "rmsprop";
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
    return std::tuple{field("learning_rate", &Rmsprop::learning_rate, "step size", not_negative),
                      field("rho", &Rmsprop::rho, "decay of the mean of squared gradients", fraction),
                      field("momentum", &Rmsprop::momentum, "share of the last update that is kept", fraction),
                      field("epsilon", &Rmsprop::epsilon, "added under the root", positive),
                      field("centered", &Rmsprop::centered, "divide by the variance instead of the mean square")};
  }
};

/// s += g^2;  w -= lr g / sqrt(s + epsilon).
struct Adagrad {
  static constexpr std::string_view op = "adagrad";
  double learning_rate = 1e-3;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  static Adagrad defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 1e-2, .initial_accumulator_value = 0, .epsilon = 1e-10};
    return {};
  }
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Adagrad::learning_rate, "step size", not_negative),
                      field("initial_accumulator_value", &Adagrad::initial_accumulator_value, "the sum before the first step", not_negative),
                      field("epsilon", &Adagrad::epsilon, "added under the root", positive)};
  }
};

/// s = rho s + (1 - rho) g^2;  step = g sqrt(d + epsilon) / sqrt(s + epsilon);  d likewise of step;  w -= lr step.
struct Adadelta {
  static constexpr std::string_view op = "adadelta";
  double learning_rate = 1e-3;
  double rho = 0.95;
  double epsilon = 1e-7;
  static Adadelta defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 1, .rho = 0.9, .epsilon = 1e-6};
    return {};
  }
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Adadelta::learning_rate, "step size", not_negative),
                      field("rho", &Adadelta::rho, "decay of the means of squares", fraction),
                      field("epsilon", &Adadelta::epsilon, "added under the roots", positive)};
  }
};

/// Follow the regularised leader, with Keras's options.
struct Ftrl {
  static constexpr std::string_view op = "ftrl";
  double learning_rate = 1e-3;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  double l2_shrinkage_regularization_strength = 0;
  double beta = 0;
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Ftrl::learning_rate, "step size", positive),
                      field("learning_rate_power", &Ftrl::learning_rate_power, "how the step falls with the summed squares, 0 or less"),
                      field("initial_accumulator_value", &Ftrl::initial_accumulator_value, "the sum before the first step", not_negative),
                      field("l1_regularization_strength", &Ftrl::l1_regularization_strength, "pulls small weights to zero", not_negative),
                      field("l2_regularization_strength", &Ftrl::l2_regularization_strength, "pulls all weights towards zero", not_negative),
                      field("l2_shrinkage_regularization_strength", &Ftrl::l2_shrinkage_regularization_strength, "adds 2 s w to the gradient, not to its square", not_negative),
                      field("beta", &Ftrl::beta, "the paper's beta", not_negative)};
  }
};

/// w -= lr sign(b1 m + (1 - b1) g);  m = b2 m + (1 - b2) g.
struct Lion {
  static constexpr std::string_view op = "lion";
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  static constexpr auto fields() {
    return std::tuple{field("learning_rate", &Lion::learning_rate, "step size", not_negative),
                      field("beta_1", &Lion::beta_1, "share of the old mean in the step", fraction),
                      field("beta_2", &Lion::beta_2, "decay of the mean of gradients", fraction)};
  }
};

/// What is done to gradients and weights around any optimizer's rule, with Keras's names. On the command line and in TOML
/// these are options of the optimizer: --optimizer.global-clipnorm 1.
struct UpdateOptions {
  static constexpr std::string_view op = "update";
  double weight_decay = 0;      ///< w -= lr weight_decay w before the rule (decoupled, as in AdamW)
  double clipvalue = 0;         ///< every gradient element is clipped to +- this; 0: not
  double clipnorm = 0;          ///< every parameter's gradient is scaled down to this norm; 0: not
  double global_clipnorm = 0;   ///< all gradients together are scaled down to this norm; 0: not
  std::int64_t gradient_accumulation_steps = 1;  ///< an update with the mean gradient of so many steps
  bool use_ema = false;         ///< fit() ends with averaged weights: a = m a + (1 - m) w after every update
  double ema_momentum = 0.99;   ///< m
  static constexpr auto fields() {
    return std::tuple{field("weight_decay", &UpdateOptions::weight_decay, "share of a weight that a step of rate 1 removes", not_negative),
                      field("clipvalue", &UpdateOptions::clipvalue, "limit of every gradient element, 0: none", not_negative),
                      field("clipnorm", &UpdateOptions::clipnorm, "limit of every parameter's gradient norm, 0: none", not_negative),
                      field("global_clipnorm", &UpdateOptions::global_clipnorm, "limit of the norm of all gradients, 0: none", not_negative),
                      field("gradient_accumulation_steps", &UpdateOptions::gradient_accumulation_steps, "steps whose gradients make one update", positive),
                      field("use_ema", &UpdateOptions::use_ema, "whether training ends with averaged weights"),
                      field("ema_momentum", &UpdateOptions::ema_momentum, "momentum of the averages", fraction)};
  }
};

}  // namespace millrace
