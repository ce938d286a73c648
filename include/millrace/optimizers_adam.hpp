// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = AdamW{.learning_rate = 3e-4, .weight_decay = 0.01}, .loss = MeanSquaredError{}});
//
// Adam and its relatives. Notation as in optimizers.hpp.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  w -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon).
/// Kingma and Ba, "Adam", 2015, with the epsilon of its section 2 ("epsilon hat").
struct Adam {
  static constexpr OptimizerName op = "adam";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  static Adam defaults(Semantics semantics) { return {.epsilon = semantics == Semantics::keras ? 1e-7 : 1e-8}; }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Adam::learning_rate, "step size", not_negative),
                      field("beta_1", &Adam::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &Adam::beta_2, "decay of the mean of squared gradients", fraction),
                      field("epsilon", &Adam::epsilon, "added to the denominator", positive),
                      field("amsgrad", &Adam::amsgrad, "divide by the largest mean of squares so far")};
  }
};

/// Adam with w -= lr weight_decay w before the update. Loshchilov and Hutter, 2019.
struct AdamW {
  static constexpr OptimizerName op = "adamw";
  NameTheOption name_the_option{};
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
    using namespace declare;
    return std::tuple{
        field("learning_rate", &AdamW::learning_rate, "step size", not_negative),
        field("weight_decay", &AdamW::weight_decay, "share of a weight that a step of rate 1 removes", not_negative),
        field("beta_1", &AdamW::beta_1, "decay of the mean of gradients", fraction),
        field("beta_2", &AdamW::beta_2, "decay of the mean of squared gradients", fraction),
        field("epsilon", &AdamW::epsilon, "added to the denominator", positive),
        field("amsgrad", &AdamW::amsgrad, "divide by the largest mean of squares so far")};
  }
};

/// Adam with Nesterov's momentum, whose size rises with t.
struct Nadam {
  static constexpr OptimizerName op = "nadam";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  static Nadam defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 2e-3, .epsilon = 1e-8};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Nadam::learning_rate, "step size", not_negative),
                      field("beta_1", &Nadam::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &Nadam::beta_2, "decay of the mean of squared gradients", fraction),
                      field("epsilon", &Nadam::epsilon, "added to the denominator", positive)};
  }
};

/// m = b1 m + (1 - b1) g;  u = max(b2 u, |g|);  w -= lr / (1 - b1^t) m / (u + epsilon).
struct Adamax {
  static constexpr OptimizerName op = "adamax";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  static Adamax defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.learning_rate = 2e-3, .epsilon = 1e-8};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Adamax::learning_rate, "step size", not_negative),
                      field("beta_1", &Adamax::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &Adamax::beta_2, "decay of the largest gradient", fraction),
                      field("epsilon", &Adamax::epsilon, "added to the denominator", positive)};
  }
};

}  // namespace millrace
