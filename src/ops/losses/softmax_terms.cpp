// SPDX-License-Identifier: Apache-2.0
#include "ops/losses/softmax_terms.hpp"

#include <cmath>

#include "kernels/elementary.hpp"
#include "kernels/lanes.hpp"

namespace millrace {

MILLRACE_VECTORIZED float softmax_row(const float* z, float* p, std::int64_t count) {
  const float largest = largest_in_lanes(z, count);
  for (std::int64_t i = 0; i < count; ++i) p[i] = exponential(z[i] - largest);
  const auto sum = sum_in_lanes<float>(count, [&](std::int64_t i) { return p[i]; });
  const float inverse = 1 / sum;
  for (std::int64_t i = 0; i < count; ++i) p[i] *= inverse;
  return largest + std::log(sum);
}

MILLRACE_VECTORIZED float log_sum_exp(const float* z, std::int64_t count) { return log_sum_exp_in_lanes(z, count); }

}  // namespace millrace
