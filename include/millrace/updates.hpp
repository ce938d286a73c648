// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}, .update = {.global_clipnorm = 1}});
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// What is done to gradients and weights around any optimizer's rule, with Keras's names. On the command line and in
/// TOML these are options of the optimizer: --optimizer.global-clipnorm 1.
struct UpdateOptions {
  static constexpr std::string_view op = "update";
  NameTheOption name_the_option{};
  double weight_decay = 0;     ///< w -= lr weight_decay w before the rule (decoupled); torch: g += weight_decay w
  double clipvalue = 0;        ///< every gradient element is clipped to +- this; 0: not
  double clipnorm = 0;         ///< every parameter's gradient is scaled down to this norm; 0: not
  double global_clipnorm = 0;  ///< all gradients together are scaled down to this norm; 0: not
  std::int64_t gradient_accumulation_steps = 1;  ///< an update with the mean gradient of so many steps
  bool use_ema = false;                      ///< fit() ends with averaged weights: a = m a + (1 - m) w after every step
  double ema_momentum = 0.99;                ///< m
  std::int64_t ema_overwrite_frequency = 0;  ///< every so many updates the weights become their averages; 0: never
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("weight_decay", &UpdateOptions::weight_decay, "share of a weight that a step of rate 1 removes",
              not_negative),
        field("clipvalue", &UpdateOptions::clipvalue, "limit of every gradient element, 0: none", not_negative),
        field("clipnorm", &UpdateOptions::clipnorm, "limit of every parameter's gradient norm, 0: none", not_negative),
        field("global_clipnorm", &UpdateOptions::global_clipnorm, "limit of the norm of all gradients, 0: none",
              not_negative),
        field("gradient_accumulation_steps", &UpdateOptions::gradient_accumulation_steps,
              "steps whose gradients make one update", positive),
        field("use_ema", &UpdateOptions::use_ema, "whether training ends with averaged weights"),
        field("ema_momentum", &UpdateOptions::ema_momentum, "momentum of the averages", fraction),
        field("ema_overwrite_frequency", &UpdateOptions::ema_overwrite_frequency,
              "updates after which weights become their averages, 0: never", not_negative)};
  }
};

}  // namespace millrace
