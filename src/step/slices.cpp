// SPDX-License-Identifier: Apache-2.0
#include "step/slices.hpp"

#include <algorithm>
#include <bit>

#include "base/vectorize.hpp"

namespace millrace {

namespace {

constexpr std::int64_t run = 256;  // floats that are added at a time: partial sums stay in the first cache

MILLRACE_INLINE void add_pair(const float* a, const float* b, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = a[i] + b[i];
}
MILLRACE_INLINE void add_four(const float* __restrict a, const float* __restrict b, const float* __restrict c,
                              const float* __restrict d, float* __restrict to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = (a[i] + b[i]) + (c[i] + d[i]);
}

MILLRACE_INLINE void add_eight(const float* __restrict first, std::int64_t stride, float* __restrict to,
                               std::int64_t count) {
  const float *const a = first, *const b = a + stride, *const c = b + stride, *const d = c + stride;
  const float *const e = d + stride, *const f = e + stride, *const g = f + stride, *const h = g + stride;
  for (std::int64_t i = 0; i < count; ++i) to[i] = ((a[i] + b[i]) + (c[i] + d[i])) + ((e[i] + f[i]) + (g[i] + h[i]));
}

// to = the sum of one run of all slices, as a tree. Its left half is the largest power of two below their number.
void add_tree(const float* first, std::int64_t slices, std::int64_t stride, float* to, std::int64_t count) {
  if (slices == 8) return vectorized<add_eight>(first, stride, to, count);
  if (slices == 4)
    return vectorized<add_four>(first, first + stride, first + 2 * stride, first + 3 * stride, to, count);
  if (slices == 2) return vectorized<add_pair>(first, first + stride, to, count);
  if (slices == 1) {
    std::copy_n(first, count, to);
    return;
  }
  const auto left = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(slices - 1)));
  float right[run];
  add_tree(first, left, stride, to, count);
  add_tree(first + left * stride, slices - left, stride, right, count);
  vectorized<add_pair>(to, right, to, count);
}

}  // namespace

void add_slices(const float* first, std::int64_t slices, std::int64_t slice_stride, float* sum, std::int64_t floats) {
  if (slices == 2 || slices == 4 || slices == 8) return add_tree(first, slices, slice_stride, sum, floats);
  for (std::int64_t i = 0; i < floats; i += run)
    add_tree(first + i, slices, slice_stride, sum + i, std::min(run, floats - i));
}

}  // namespace millrace
