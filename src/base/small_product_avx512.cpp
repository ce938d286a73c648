// SPDX-License-Identifier: Apache-2.0
//
// The product in vectors of sixteen, where masks stand for the columns that do not fill one: nothing behind an
// operand is read or written.
#include <immintrin.h>

#include "base/small_product.hpp"
#include "base/vectorize.hpp"

#define MILLRACE_AVX512 __attribute__((target("arch=x86-64-v4")))

namespace millrace {

namespace {

constexpr std::int64_t lanes = 16;
constexpr __mmask16 all_lanes = 0xFFFF;

// Columns of C from one of its rows on, the sums of Rows x Vectors * lanes elements in registers; of the last vector
// the lanes in `mask`.
template <int Rows, int Vectors>
MILLRACE_AVX512 MILLRACE_INLINE void add_step(__m512 (&sums)[Rows][Vectors], const float* a, std::int64_t a_row,
                                              const float* b, __mmask16 mask) {
  __m512 values[Vectors];
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    values[v] = v + 1 < Vectors ? _mm512_loadu_ps(b + v * lanes) : _mm512_maskz_loadu_ps(mask, b + v * lanes);
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    const __m512 x = _mm512_set1_ps(a[r * a_row]);
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sums[r][v] = _mm512_fmadd_ps(x, values[v], sums[r][v]);
  }
}

template <int Rows, int Vectors>
MILLRACE_AVX512 MILLRACE_INLINE void block(const SmallProduct& p, std::int64_t row, std::int64_t column,
                                           __mmask16 mask) {
  __m512 sums[Rows][Vectors];
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    const __m512 start = p.bias == nullptr
                             ? _mm512_setzero_ps()
                             : _mm512_maskz_loadu_ps(v + 1 < Vectors ? all_lanes : mask, p.bias + column + v * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) sums[r][v] = start;
  }
  const float* a = p.a + row * p.a_row;
  const float* b = p.b + column;
  std::int64_t left = p.k;
  if (p.fetch_rows && column == 0) {
    // The rows of the next block, a line of each at a time.
    for (; left >= lanes; left -= lanes) {
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) _mm_prefetch(a + (Rows + r) * p.a_row, _MM_HINT_T0);
      for (std::int64_t i = 0; i < lanes; ++i, a += p.a_step, b += p.b_stride) add_step(sums, a, p.a_row, b, mask);
    }
  }
  for (; left > 0; --left, a += p.a_step, b += p.b_stride) add_step(sums, a, p.a_row, b, mask);
  float* c = p.c + row * p.c_stride + column;
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r, c += p.c_stride) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v)
      _mm512_mask_storeu_ps(c + v * lanes, v + 1 < Vectors ? all_lanes : mask, sums[r][v]);
  }
}

// Three vectors of each of eight rows, their three of B and a value of A are 28 of the 32 registers.
template <int Rows>
MILLRACE_AVX512 MILLRACE_INLINE void rows(const SmallProduct& p, std::int64_t row) {
  std::int64_t column = 0;
  for (; column + 3 * lanes <= p.n; column += 3 * lanes) block<Rows, 3>(p, row, column, all_lanes);
  const std::int64_t left = p.n - column;
  if (left == 0) return;
  const auto mask = static_cast<__mmask16>(all_lanes >> ((lanes - left % lanes) % lanes));
  if (left <= lanes) {
    block<Rows, 1>(p, row, column, mask);
  } else if (left <= 2 * lanes) {
    block<Rows, 2>(p, row, column, mask);
  } else {
    block<Rows, 3>(p, row, column, mask);
  }
}

}  // namespace

MILLRACE_AVX512 void multiply_small_avx512(const SmallProduct& p) {
  std::int64_t row = 0;
  for (; row + 8 <= p.m; row += 8) rows<8>(p, row);
  if (row + 4 <= p.m) {
    rows<4>(p, row);
    row += 4;
  }
  if (row + 2 <= p.m) {
    rows<2>(p, row);
    row += 2;
  }
  if (row < p.m) rows<1>(p, row);
}

}  // namespace millrace
