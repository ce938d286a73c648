// SPDX-License-Identifier: Apache-2.0
#include "step/slices.hpp"

#include "base/vectorize.hpp"

namespace millrace {

namespace {

// a += b
MILLRACE_VECTORIZED void add_run(float* __restrict a, const float* __restrict b, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) a[i] += b[i];
}

}  // namespace

void add_slices(float* first, std::int64_t slices, std::int64_t slice_stride, std::int64_t floats) {
  for (std::int64_t step = 1; step < slices; step *= 2) {
    for (std::int64_t slice = 0; slice + step < slices; slice += 2 * step)
      add_run(first + slice * slice_stride, first + (slice + step) * slice_stride, floats);
  }
}

}  // namespace millrace
