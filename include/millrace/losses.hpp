// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{.label_smoothing = 0.1}});
//
// Losses. The loss of a batch is the sum over its rows of weight * row loss over the number of rows (Keras's reduction
// "sum_over_batch_size"; torch, sklearn: over the sum of weights), the row's loss the mean over its outputs where there
// are several. A sigmoid or softmax at the end of the model is
// taken into its cross-entropy: computed on the logits, exact at any logit, with gradient p - t.
#pragma once

#include "millrace/losses_focal.hpp"
#include "millrace/options.hpp"

namespace millrace {

/// -t log p - (1 - t) log(1 - p); targets in [0, 1]. Probabilities that do not come from a sigmoid layer are clipped to
/// [1e-7, 1 - 1e-7], as Keras does.
struct BinaryCrossentropy {
  static constexpr LossName op = "binary_crossentropy";
  NameTheOption name_the_option{};
  bool from_logits = false;
  double label_smoothing = 0;  ///< t becomes t (1 - s) + s / 2
  double pos_weight = 1;       ///< of the first term, as in PyTorch
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("from_logits", &BinaryCrossentropy::from_logits, "the model ends in logits, without a sigmoid"),
        field("label_smoothing", &BinaryCrossentropy::label_smoothing, "t becomes t (1 - s) + s / 2", fraction),
        field("pos_weight", &BinaryCrossentropy::pos_weight, "weight of the ones against the zeros", positive)};
  }
};

/// -sum_k t_k log p_k; targets are one-hot or probabilities, one column a class.
struct CategoricalCrossentropy {
  static constexpr LossName op = "categorical_crossentropy";
  NameTheOption name_the_option{};
  bool from_logits = false;
  double label_smoothing = 0;  ///< t becomes t (1 - s) + s / classes
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("from_logits", &CategoricalCrossentropy::from_logits, "the model ends in logits, without a softmax"),
        field("label_smoothing", &CategoricalCrossentropy::label_smoothing, "t becomes t (1 - s) + s / classes",
              fraction)};
  }
};

/// -log p_t; the target is one column with the index of the class, 0 to classes - 1.
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

/// The mean over the outputs of (y - t)^2. sklearn: half of it, and the gradient of half the sum over the outputs.
struct MeanSquaredError {
  static constexpr LossName op = "mean_squared_error";
  static constexpr auto fields() { return std::tuple{}; }
};

/// The mean over the outputs of |y - t|.
struct MeanAbsoluteError {
  static constexpr LossName op = "mean_absolute_error";
  static constexpr auto fields() { return std::tuple{}; }
};

/// (y - t)^2 / 2 up to |y - t| = delta, delta (|y - t| - delta / 2) beyond.
struct Huber {
  static constexpr LossName op = "huber";
  NameTheOption name_the_option{};
  double delta = 1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("delta", &Huber::delta, "where the loss turns linear", positive)};
  }
};

/// Huber's loss over its delta, here beta, as in PyTorch.
struct SmoothL1 {
  static constexpr LossName op = "smooth_l1";
  NameTheOption name_the_option{};
  double beta = 1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("beta", &SmoothL1::beta, "where the loss turns linear", positive)};
  }
};

/// log cosh(y - t).
struct LogCosh {
  static constexpr LossName op = "log_cosh";
  static constexpr auto fields() { return std::tuple{}; }
};

/// y - t log(y + 1e-7): y is the expected count, so the model should end in something positive.
struct Poisson {
  static constexpr LossName op = "poisson";
  static constexpr auto fields() { return std::tuple{}; }
};

/// max(0, 1 - t y) with targets -1 and 1; 0 stands for -1.
struct Hinge {
  static constexpr LossName op = "hinge";
  static constexpr auto fields() { return std::tuple{}; }
};

/// max(0, 1 - t y)^2 with targets -1 and 1; 0 stands for -1.
struct SquaredHinge {
  static constexpr LossName op = "squared_hinge";
  static constexpr auto fields() { return std::tuple{}; }
};

/// max(0, 1 + the largest output of a wrong class - the output of the right one); targets one column a class.
struct CategoricalHinge {
  static constexpr LossName op = "categorical_hinge";
  static constexpr auto fields() { return std::tuple{}; }
};

/// sum_k t log(t / y), both clipped to [1e-7, 1].
struct KlDivergence {
  static constexpr LossName op = "kl_divergence";
  static constexpr auto fields() { return std::tuple{}; }
};

}  // namespace millrace
