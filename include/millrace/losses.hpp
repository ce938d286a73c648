// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{.label_smoothing = 0.1}});
//
// Losses. The loss of a row is the mean over its outputs, the loss of a batch the sum of (weight times row loss) over
// its rows, divided by the number of rows (torch, sklearn: by the sum of the weights). y is an output of the model, t
// its target. A sigmoid or softmax at the end of the model is computed as part of its cross-entropy, from the logits:
// exact at any logit, with gradient p - t.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// The targets that a loss takes for a row; target_kind() in targets.hpp tells which.
enum class TargetKind {
  numbers,  ///< any numbers: regression
  classes,  ///< one class a row: its index in one column, or one column a class
  labels    ///< for every output a yes or no of its own
};

/// -t log p - (1 - t) log(1 - p), with targets from 0 to 1. Probabilities that do not come from a sigmoid layer are
/// clipped to [1e-7, 1 - 1e-7], as in Keras.
struct BinaryCrossentropy {
  static constexpr LossName op = "binary_crossentropy";
  NameTheOption name_the_option{};
  bool from_logits = false;
  double label_smoothing = 0;  ///< t becomes t (1 - s) + s / 2
  double pos_weight = 1;       ///< factor of the first term, as in PyTorch
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("from_logits", &BinaryCrossentropy::from_logits, "the model ends in logits, without a sigmoid"),
        field("label_smoothing", &BinaryCrossentropy::label_smoothing, "s: the target t becomes t (1 - s) + s / 2",
              fraction),
        field("pos_weight", &BinaryCrossentropy::pos_weight, "weight of positive targets; negative ones weigh 1",
              positive)};
  }
};

/// -sum_k t_k log p_k. Targets have one column a class: one-hot, or probabilities.
struct CategoricalCrossentropy {
  static constexpr LossName op = "categorical_crossentropy";
  NameTheOption name_the_option{};
  bool from_logits = false;
  double label_smoothing = 0;  ///< t becomes t (1 - s) + s / classes
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("from_logits", &CategoricalCrossentropy::from_logits, "the model ends in logits, without a softmax"),
        field("label_smoothing", &CategoricalCrossentropy::label_smoothing,
              "s: the target t becomes t (1 - s) + s / classes", fraction)};
  }
};

/// -log p_t. The target is one column with the index of the class, from 0 to classes - 1.
struct SparseCategoricalCrossentropy {
  static constexpr LossName op = "sparse_categorical_crossentropy";
  NameTheOption name_the_option{};
  bool from_logits = false;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("from_logits", &SparseCategoricalCrossentropy::from_logits,
                            "the model ends in logits, without a softmax")};
  }
};

/// Focal cross-entropy: (1 - p_t)^gamma times the binary cross-entropy, where p_t is the predicted probability of the
/// target. Rows that are classified well count less. Lin and others, "Focal loss for dense object detection", 2017.
/// Keras clips probabilities to [1e-7, 1 - 1e-7], where its gradient is 0; this loss is exact at any logit.
struct BinaryFocalCrossentropy {
  static constexpr LossName op = "binary_focal_crossentropy";
  NameTheOption name_the_option{};
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;  ///< t becomes t (1 - s) + s / 2
  static constexpr auto fields() {
    using namespace declare;
    using Self = BinaryFocalCrossentropy;
    return std::tuple{
        field("apply_class_balancing", &Self::apply_class_balancing,
              "weigh positive targets with alpha, negative ones with 1 - alpha"),
        field("alpha", &Self::alpha, "weight of positive targets when classes are balanced", probability),
        field("gamma", &Self::gamma, "focusing parameter: how strongly well-classified rows are down-weighted",
              not_negative),
        field("from_logits", &Self::from_logits, "the model ends in logits, without a sigmoid"),
        field("label_smoothing", &Self::label_smoothing, "s: the target t becomes t (1 - s) + s / 2", fraction)};
  }
};

/// -alpha sum_k t_k (1 - p_k)^gamma log p_k. Targets have one column a class: one-hot, or probabilities.
struct CategoricalFocalCrossentropy {
  static constexpr LossName op = "categorical_focal_crossentropy";
  NameTheOption name_the_option{};
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;  ///< t becomes t (1 - s) + s / classes
  static constexpr auto fields() {
    using namespace declare;
    using Self = CategoricalFocalCrossentropy;
    return std::tuple{
        field("alpha", &Self::alpha, "factor of the loss", not_negative),
        field("gamma", &Self::gamma, "focusing parameter: how strongly well-classified rows are down-weighted",
              not_negative),
        field("from_logits", &Self::from_logits, "the model ends in logits, without a softmax"),
        field("label_smoothing", &Self::label_smoothing, "s: the target t becomes t (1 - s) + s / classes", fraction)};
  }
};

/// (y - t)^2. sklearn: reports half of it, and follows the gradient of half the sum over the outputs.
struct MeanSquaredError {
  static constexpr LossName op = "mean_squared_error";
  static constexpr auto fields() { return std::tuple{}; }
};

/// |y - t|.
struct MeanAbsoluteError {
  static constexpr LossName op = "mean_absolute_error";
  static constexpr auto fields() { return std::tuple{}; }
};

/// (y - t)^2 / 2 up to |y - t| = delta, and delta (|y - t| - delta / 2) beyond.
struct Huber {
  static constexpr LossName op = "huber";
  NameTheOption name_the_option{};
  double delta = 1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("delta", &Huber::delta, "error at which the loss becomes linear", positive)};
  }
};

/// The Huber loss divided by its delta, here called beta, as in PyTorch.
struct SmoothL1 {
  static constexpr LossName op = "smooth_l1";
  NameTheOption name_the_option{};
  double beta = 1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("beta", &SmoothL1::beta, "error at which the loss becomes linear", positive)};
  }
};

/// log cosh(y - t).
struct LogCosh {
  static constexpr LossName op = "log_cosh";
  static constexpr auto fields() { return std::tuple{}; }
};

/// y - t log(y + 1e-7) for counts t. y is the expected count: end the model in softplus or exponential.
struct Poisson {
  static constexpr LossName op = "poisson";
  static constexpr auto fields() { return std::tuple{}; }
};

/// max(0, 1 - t y) with targets -1 and 1; a target 0 is read as -1.
struct Hinge {
  static constexpr LossName op = "hinge";
  static constexpr auto fields() { return std::tuple{}; }
};

/// max(0, 1 - t y)^2 with targets -1 and 1; a target 0 is read as -1.
struct SquaredHinge {
  static constexpr LossName op = "squared_hinge";
  static constexpr auto fields() { return std::tuple{}; }
};

/// max(0, 1 + max(0, the largest output of a wrong class) - the output of the right class), as Keras has it, with one
/// target column a class.
struct CategoricalHinge {
  static constexpr LossName op = "categorical_hinge";
  static constexpr auto fields() { return std::tuple{}; }
};

/// sum_k t_k log(t_k / y_k), both clipped to [1e-7, 1].
struct KlDivergence {
  static constexpr LossName op = "kl_divergence";
  static constexpr auto fields() { return std::tuple{}; }
};

}  // namespace millrace
