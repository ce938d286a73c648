// SPDX-License-Identifier: Apache-2.0
//
// C = A B + bias where B fits the core's first cache: nothing is packed, so a call costs little more than its
// arithmetic.
#pragma once

#include <cstdint>

namespace millrace {

/// A is [m x k], its element (r, i) at a[r * a_row + i * a_step]: both row-major and transposed. B is [k x n] and C
/// [m x n], row-major. `bias` [n] is added to every row of C, or is null.
struct SmallProduct {
  std::int64_t m = 0, k = 0, n = 0;
  const float* a = nullptr;
  std::int64_t a_row = 0, a_step = 0;
  const float* b = nullptr;
  std::int64_t b_stride = 0;
  const float* bias = nullptr;
  float* c = nullptr;
  std::int64_t c_stride = 0;
  bool fetch_rows = false;  ///< A's rows are long and come from memory: AVX-512's kernel asks for those it reads next
};

/// Sums start with the bias and run over k in order, whatever m and n are: a row's bits do not depend on the rows
/// around it. The first needs AVX2 and FMA, the second AVX-512 (x86-64-v4).
void multiply_small_avx2(const SmallProduct& product);
void multiply_small_avx512(const SmallProduct& product);

}  // namespace millrace
