// SPDX-License-Identifier: Apache-2.0
//
// The l1 and l2 penalties of the weights, which are added to the loss.
#pragma once

#include "step/parameter_store.hpp"

namespace millrace {

/// Factors of l1 and l2. They are 1 with the semantics of Keras and PyTorch. scikit-learn halves its alpha and divides it
/// by the loss's divisor: the number of rows in the batch, or the sum of their weights.
struct PenaltyScale {
  double l1 = 1, l2 = 1;
};
[[nodiscard]] PenaltyScale penalty_scale(Semantics semantics, double loss_divisor);

/// scale.l1 * l1 * sum |w| + scale.l2 * l2 * sum w^2 over `count` weights of a parameter.
[[nodiscard]] double penalty_of(const ParameterSpec& spec, PenaltyScale scale, const float* weights,
                                std::int64_t count);
/// The same over all parameters.
[[nodiscard]] double penalty_of(const Network& network, const ParameterStore& store, PenaltyScale scale);

}  // namespace millrace
