// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace millrace {

/// p = softmax(z) into `p`; returns log(sum exp z), so that log p_k = z_k - result at any size of z.
float softmax_row(const float* z, float* p, std::int64_t count);
/// The latter alone.
float log_sum_exp(const float* z, std::int64_t count);

/// Keras's treatment of class probabilities that do not come from a softmax: scaled to sum 1, clipped to [1e-7, 1 -
/// 1e-7].
inline constexpr float probability_epsilon = 1e-7F;

}  // namespace millrace
