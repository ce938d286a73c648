// SPDX-License-Identifier: Apache-2.0
//
// What the l1 and l2 penalties of the weights add to the loss.
#pragma once

#include "step/parameter_store.hpp"

namespace millrace {

/// Factors of l1 and l2. They are 1 in Keras and PyTorch; scikit-learn halves its alpha and divides it by the rows of a
/// batch, or by their weights, as it does the loss.
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
