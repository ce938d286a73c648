// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "base/vectorize.hpp"
#include "kernels/elementary.hpp"

namespace millrace {

/// All that losses want of p = sigmoid(z), exact at any size of z and from one exponential.
struct SigmoidTerms {
  float probability, other;          ///< p and 1 - p
  float minus_log, minus_log_other;  ///< -log p and -log(1 - p)
};
MILLRACE_INLINE SigmoidTerms sigmoid_terms(float z) {
  const float e = exponential(-std::abs(z)), log_term = log_of_one_plus(e);
  return {(z >= 0 ? 1.0F : e) / (1 + e), (z >= 0 ? e : 1.0F) / (1 + e), std::max(-z, 0.0F) + log_term,
          std::max(z, 0.0F) + log_term};
}

}  // namespace millrace
