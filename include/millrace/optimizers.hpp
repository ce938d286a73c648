// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Sgd{.learning_rate = 0.1, .momentum = 0.9}, .loss = MeanSquaredError{}});
//   model.compile({.optimizer = Lbfgs{}, .loss = BinaryCrossentropy{}});       // for a few thousand rows:
//   model.fit(data, {.epochs = 200, .batch_size = data.rows()});               // all rows are one batch
//
// Optimizers, with the formulas and defaults of Keras. g is the gradient of the batch's loss, w a weight, lr the
// learning rate, t the number of the update, from 1.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// w -= lr g. With momentum: v = momentum v - lr g, w += v. With Nesterov: w += momentum v - lr g.
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
                      field("momentum", &Sgd::momentum, "share of the last update that is added again", fraction),
                      field("nesterov", &Sgd::nesterov, "use Nesterov momentum")};
  }
};

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

/// Adam with w -= lr weight_decay w before each update. Loshchilov and Hutter, 2019.
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
    return std::tuple{field("learning_rate", &AdamW::learning_rate, "step size", not_negative),
                      field("weight_decay", &AdamW::weight_decay,
                            "share of each weight that a step of learning rate 1 removes", not_negative),
                      field("beta_1", &AdamW::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &AdamW::beta_2, "decay of the mean of squared gradients", fraction),
                      field("epsilon", &AdamW::epsilon, "added to the denominator", positive),
                      field("amsgrad", &AdamW::amsgrad, "divide by the largest mean of squares so far")};
  }
};

/// Adam with Nesterov momentum, which grows with t. Dozat, 2016.
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

/// s = rho s + (1 - rho) g^2;  w -= lr g / sqrt(s + epsilon). Centered: s minus the squared mean of g.
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
                      field("momentum", &Rmsprop::momentum, "share of the last update that is added again", fraction),
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
                            "sum of squares before the first step", not_negative),
                      field("epsilon", &Adagrad::epsilon, "added under the root", positive)};
  }
};

/// s = rho s + (1 - rho) g^2;  step = g sqrt(d + epsilon) / sqrt(s + epsilon);  d = rho d + (1 - rho) step^2;
/// w -= lr step.
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

/// Follow the regularised leader, with the options of Keras. A step at learning rate 0, such as the first of a warm-up,
/// changes nothing: the formula divides by the rate.
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
                            "exponent, 0 or less, by which steps shrink as squared gradients add up"),
                      field("initial_accumulator_value", &Ftrl::initial_accumulator_value,
                            "sum of squares before the first step", not_negative),
                      field("l1_regularization_strength", &Ftrl::l1_regularization_strength,
                            "sets small weights to zero", not_negative),
                      field("l2_regularization_strength", &Ftrl::l2_regularization_strength,
                            "pulls all weights towards zero", not_negative),
                      field("l2_shrinkage_regularization_strength", &Ftrl::l2_shrinkage_regularization_strength,
                            "adds 2 s w to the gradient, but not to the sum of its squares", not_negative),
                      field("beta", &Ftrl::beta, "beta of the paper", not_negative)};
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
                      field("beta_1", &Lion::beta_1, "share of the old mean in a step", fraction),
                      field("beta_2", &Lion::beta_2, "decay of the mean of gradients", fraction)};
  }
};

/// d = m^ / (sqrt(v^) + epsilon) with the bias-corrected moments of Adam;  w -= lr |w| / |d| d, where the norms are
/// those of the whole parameter.
struct Lamb {
  static constexpr OptimizerName op = "lamb";
  NameTheOption name_the_option{};
  double learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Lamb::learning_rate,
                            "length of a step as a share of the norm of the parameter", not_negative),
                      field("beta_1", &Lamb::beta_1, "decay of the mean of gradients", fraction),
                      field("beta_2", &Lamb::beta_2, "decay of the mean of squared gradients", fraction),
                      field("epsilon", &Lamb::epsilon, "added to the denominator", positive)};
  }
};

/// Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5): w += t d with d = -H g, where H
/// estimates the inverse Hessian from the last `history` steps. t comes from a line search for the strong Wolfe
/// conditions, f(t) <= f(0) + 1e-4 t f'(0) and |f'(t)| <= 0.9 |f'(0)|, as in PyTorch. An epoch is one iteration.
///
/// The run ends when a tolerance is reached. Options that would make the loss a different function from one evaluation
/// to the next (smaller batches, dropout, batch normalisation that is trained) or change the length of a step
/// (clipping, decay, averages, max_norm) are refused, and so is l1, whose gradient jumps. Frozen layers are constants.
struct Lbfgs {
  static constexpr OptimizerName op = "lbfgs";
  NameTheOption name_the_option{};
  double learning_rate = 1;   ///< the first t of a line search; of the first step divided by |g| (torch: sum |g|)
  std::int64_t history = 10;  ///< each remembered step takes two values for each weight
  std::int64_t iterations = 1;
  std::optional<std::int64_t> evaluations{};  ///< default: 25 an iteration
  double tolerance_gradient = 1e-7;
  double tolerance_change = 1e-9;
  static Lbfgs defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.history = 100, .iterations = 20, .evaluations = 25};
    if (semantics == Semantics::sklearn) return {.tolerance_gradient = 1e-4};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("learning_rate", &Lbfgs::learning_rate, "step length that a line search tries first", positive),
        field("history", &Lbfgs::history, "number of steps that are remembered", positive),
        field("iterations", &Lbfgs::iterations, "line searches in an epoch", positive),
        field("evaluations", &Lbfgs::evaluations, "most evaluations of the loss in an epoch; default 25 an iteration",
              positive),
        field("tolerance_gradient", &Lbfgs::tolerance_gradient,
              "end the run when no element of the gradient is larger than this", not_negative),
        field("tolerance_change", &Lbfgs::tolerance_change,
              "end the run when the loss, or every weight, changes by no more than this", not_negative)};
  }
};

}  // namespace millrace
