// SPDX-License-Identifier: Apache-2.0
#include "ops/losses/terms.hpp"

#include "base/vectorize.hpp"

namespace millrace {

namespace {

MILLRACE_INLINE double sum_loop(const float* values, std::int64_t count) {
  constexpr std::int64_t lanes = 8;
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::int64_t lane = 0; lane < lanes; ++lane) sums[lane] += static_cast<double>(values[i + lane]);
  }
  for (std::int64_t lane = 0; i + lane < count; ++lane) sums[lane] += static_cast<double>(values[i + lane]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

MILLRACE_INLINE void scale_loop(const float* x, float factor, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] * factor;
}

}  // namespace

double sum_of(const float* values, std::int64_t count) { return vectorized<sum_loop>(values, count); }
void scale(const float* x, float factor, float* y, std::int64_t count) { vectorized<scale_loop>(x, factor, y, count); }

}  // namespace millrace
