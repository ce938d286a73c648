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
