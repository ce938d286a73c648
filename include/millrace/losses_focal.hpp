// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Adam{}, .loss = BinaryFocalCrossentropy{.apply_class_balancing = true}});
//
// Cross-entropies that look away from rows that are right already: (1 - p_t)^gamma times the cross-entropy, with p_t
// the probability of the truth. Lin and others, "Focal loss for dense object detection", 2017. Options as Keras has
// them. A sigmoid or softmax that ends the model is taken into the loss, which is exact at any logit; Keras clips such
// probabilities to [1e-7, 1 - 1e-7], beyond which its gradient is 0.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// The mean over the outputs of (1 - p_t)^gamma times the binary cross-entropy; targets in [0, 1].
struct BinaryFocalCrossentropy {
  static constexpr LossName op = "binary_focal_crossentropy";
  NameTheOption name_the_option{};
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  static constexpr auto fields() {
    using namespace declare;
    using Self = BinaryFocalCrossentropy;
    return std::tuple{
        field("apply_class_balancing", &Self::apply_class_balancing, "alpha weighs the ones, 1 - alpha the zeros"),
        field("alpha", &Self::alpha, "weight of the ones, where classes are balanced", probability),
        field("gamma", &Self::gamma, "how far rows that are right already are looked away from", not_negative),
        field("from_logits", &Self::from_logits, "the model ends in logits, without a sigmoid"),
        field("label_smoothing", &Self::label_smoothing, "t becomes t (1 - s) + s / 2", fraction)};
  }
};

/// -alpha sum_k t_k (1 - p_k)^gamma log p_k; targets are one-hot or probabilities, one column a class.
struct CategoricalFocalCrossentropy {
  static constexpr LossName op = "categorical_focal_crossentropy";
  NameTheOption name_the_option{};
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  static constexpr auto fields() {
    using namespace declare;
    using Self = CategoricalFocalCrossentropy;
    return std::tuple{
        field("alpha", &Self::alpha, "factor of the loss", not_negative),
        field("gamma", &Self::gamma, "how far rows that are right already are looked away from", not_negative),
        field("from_logits", &Self::from_logits, "the model ends in logits, without a softmax"),
        field("label_smoothing", &Self::label_smoothing, "t becomes t (1 - s) + s / classes", fraction)};
  }
};

}  // namespace millrace
