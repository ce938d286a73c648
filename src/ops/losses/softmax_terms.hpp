// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/elementary.hpp"

namespace millrace {

/// p = softmax(z) into `p`; returns log(sum exp z), so that log p_k = z_k - result at any size of z.
inline float softmax_row(const float* z, float* p, std::int64_t count) {
  const float largest = *std::max_element(z, z + count);
  float sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += p[i] = exponential(z[i] - largest);
  const float inverse = 1 / sum;
  for (std::int64_t i = 0; i < count; ++i) p[i] *= inverse;
  return largest + std::log(sum);
}

/// Keras's treatment of class probabilities that do not come from a softmax: scaled to sum 1, clipped to [1e-7, 1 -
/// 1e-7].
inline constexpr float probability_epsilon = 1e-7F;

}  // namespace millrace
