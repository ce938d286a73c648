// SPDX-License-Identifier: Apache-2.0
//
// The block of which our AVX-512 products are made: eight rows by one to three vectors of sixteen columns. Its sums
// stay in registers, and each step adds a broadcast number times a vector to all of them. Masks cover the columns that
// do not fill the last vector, so nothing after an operand is read or written. Included only by the sources of such
// products.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "base/vectorize.hpp"

#define MILLRACE_AVX512 __attribute__((target("arch=x86-64-v4,prfchw")))

namespace millrace::avx512 {

inline constexpr std::int64_t lanes = 16;
inline constexpr std::int64_t block_rows = 8;
inline constexpr __mmask16 all_lanes = 0xFFFF;

/// The lanes that the last of `columns` columns' vectors uses.
[[nodiscard]] inline __mmask16 lanes_of(std::int64_t columns) {
  return static_cast<__mmask16>(all_lanes >> ((lanes - columns % lanes) % lanes));
}

template <int Rows, int Count>
struct Sums {
  __m512 of[Rows][Count];
};

template <int Rows, int Count>
MILLRACE_AVX512 MILLRACE_INLINE void clear(Sums<Rows, Count>& sums) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Count; ++v) sums.of[r][v] = _mm512_setzero_ps();
  }
}

/// Loads rows that are `stride` apart; with stride 0 all sums start as the same row.
template <int Rows, int Count>
MILLRACE_AVX512 MILLRACE_INLINE void load(Sums<Rows, Count>& sums, const float* from, std::int64_t stride,
                                          __mmask16 last) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Count; ++v)
      sums.of[r][v] = _mm512_maskz_loadu_ps(v + 1 < Count ? all_lanes : last, from + r * stride + v * lanes);
  }
}

/// sums[r] += a[r * a_row] * the vectors at b.
template <int Rows, int Count>
MILLRACE_AVX512 MILLRACE_INLINE void add_step(Sums<Rows, Count>& sums, const float* a, std::int64_t a_row,
                                              const float* b, __mmask16 last) {
  __m512 values[Count];
#pragma GCC unroll 4
  for (int v = 0; v < Count; ++v)
    values[v] = v + 1 < Count ? _mm512_loadu_ps(b + v * lanes) : _mm512_maskz_loadu_ps(last, b + v * lanes);
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    const __m512 x = _mm512_set1_ps(a[r * a_row]);
#pragma GCC unroll 4
    for (int v = 0; v < Count; ++v) sums.of[r][v] = _mm512_fmadd_ps(x, values[v], sums.of[r][v]);
  }
}

template <int Rows, int Count>
MILLRACE_AVX512 MILLRACE_INLINE void store(const Sums<Rows, Count>& sums, float* to, std::int64_t stride,
                                           __mmask16 last) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Count; ++v)
      _mm512_mask_storeu_ps(to + r * stride + v * lanes, v + 1 < Count ? all_lanes : last, sums.of[r][v]);
  }
}

/// Calls use.block<Rows>(first row) for blocks of eight rows, and of four, two and one at the end.
template <class Use>
MILLRACE_AVX512 MILLRACE_INLINE void for_each_block(std::int64_t begin, std::int64_t end, const Use& use) {
  std::int64_t row = begin;
  for (; row + block_rows <= end; row += block_rows) use.template block<block_rows>(row);
  if (row + 4 <= end) {
    use.template block<4>(row);
    row += 4;
  }
  if (row + 2 <= end) {
    use.template block<2>(row);
    row += 2;
  }
  if (row < end) use.template block<1>(row);
}

}  // namespace millrace::avx512
