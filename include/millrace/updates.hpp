// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}, .update = {.global_clipnorm = 1}});
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// Options of an update that work with every optimizer, with the names of Keras. On the command line and in TOML they
/// are options of the optimizer: --optimizer.global-clipnorm 1.
struct UpdateOptions {
  static constexpr std::string_view op = "update";
  NameTheOption name_the_option{};
  double weight_decay = 0;            ///< w -= lr weight_decay w before the update; torch: g += weight_decay w
  std::optional<double> clipvalue{};  ///< at most one of the three clips may be given
  std::optional<double> clipnorm{};
  std::optional<double> global_clipnorm{};
  std::int64_t gradient_accumulation_steps = 1;
  bool use_ema = false;        ///< fit() ends with averages of the weights: after each step a = m a + (1 - m) w
  double ema_momentum = 0.99;  ///< m
  std::optional<std::int64_t> ema_overwrite_frequency{};  ///< every this many updates the weights become their averages
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("weight_decay", &UpdateOptions::weight_decay,
              "share of each weight that a step of learning rate 1 removes", not_negative),
        field("clipvalue", &UpdateOptions::clipvalue, "largest absolute value of an element of the gradient", positive),
        field("clipnorm", &UpdateOptions::clipnorm, "largest norm of the gradient of one parameter", positive),
        field("global_clipnorm", &UpdateOptions::global_clipnorm, "largest norm of all gradients together", positive),
        field("gradient_accumulation_steps", &UpdateOptions::gradient_accumulation_steps,
              "number of steps whose mean gradient makes one update", positive),
        field("use_ema", &UpdateOptions::use_ema, "end training with moving averages of the weights"),
        field("ema_momentum", &UpdateOptions::ema_momentum, "decay of the averages", fraction),
        field("ema_overwrite_frequency", &UpdateOptions::ema_overwrite_frequency,
              "number of updates after which the weights become their averages", positive)};
  }
};

}  // namespace millrace
