// SPDX-License-Identifier: Apache-2.0
#include "ops/losses/softmax_terms.hpp"

#include <cmath>

#include "kernels/elementary.hpp"
#include "kernels/lanes.hpp"

namespace millrace {

namespace {

MILLRACE_INLINE float softmax_loop(const float* z, float* p, std::int64_t count) {
  const float largest = largest_in_lanes(z, count);
  for (std::int64_t i = 0; i < count; ++i) p[i] = exponential(z[i] - largest);
  const auto sum = sum_in_lanes<float>(count, [&](std::int64_t i) { return p[i]; });
  const float inverse = 1 / sum;
  for (std::int64_t i = 0; i < count; ++i) p[i] *= inverse;
  return largest + std::log(sum);
}

MILLRACE_INLINE float log_sum_exp_loop(const float* z, std::int64_t count) { return log_sum_exp_in_lanes(z, count); }

}  // namespace

float softmax_row(const float* z, float* p, std::int64_t count) { return vectorized<softmax_loop>(z, p, count); }
float log_sum_exp(const float* z, std::int64_t count) { return vectorized<log_sum_exp_loop>(z, count); }

}  // namespace millrace
