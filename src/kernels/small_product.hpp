// SPDX-License-Identifier: Apache-2.0
//
// C = A B + bias for a B that fits the first cache (AVX2) or the second one (AVX-512). Nothing is copied into another
// layout first, so a call costs little more than its arithmetic.
#pragma once

#include <cstdint>

namespace millrace {

/// A is [m x k], its element (r, i) at a[r * a_row + i * a_step]: row-major or transposed. B is [k x n] and C
/// [m x n], row-major. The sums of row r start from the n floats at start + r * start_stride: a bias if the stride is 0,
/// otherwise a matrix, which may be C itself. If start is null, they start from 0.
struct SmallProduct {
  std::int64_t m = 0, k = 0, n = 0;
  const float* a = nullptr;
  std::int64_t a_row = 0, a_step = 0;
  const float* b = nullptr;
  std::int64_t b_stride = 0;
  const float* start = nullptr;
  std::int64_t start_stride = 0;
  float* c = nullptr;
  std::int64_t c_stride = 0;
  bool fetch_rows = false;  ///< A's rows are long and in no cache: the AVX-512 kernel prefetches them
};

/// Each sum runs over k in order, one fused multiply-add after the other, whatever m and n are. So both kernels give the
/// same bits, and those of a row do not depend on the rows around it. The first needs AVX2 and FMA, the second AVX-512
/// (x86-64-v4).
void multiply_small_avx2(const SmallProduct& product);
void multiply_small_avx512(const SmallProduct& product);

}  // namespace millrace
