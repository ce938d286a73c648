// SPDX-License-Identifier: Apache-2.0
//
// The block of which our AVX-512 products are made: eight rows by one to three vectors of sixteen columns. If eight
// columns are left, vectors of eight: processors whose units are 256 bits wide multiply two of them in the time of one
// of sixteen. Its sums stay in registers, and each step adds a broadcast number times a vector to all of them. Masks
// cover the columns that do not fill the last vector, so nothing after an operand is read or written. Included only by
// the sources of such products.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "base/vectorize.hpp"

// AVX512_BF16 is in the list for the product of pairs (pair_product_bf16.cpp), which shares these functions. Compilers use
// its instructions only for its intrinsics.
#define MILLRACE_AVX512 __attribute__((target("arch=x86-64-v4,prfchw,avx512bf16")))

namespace millrace::avx512 {

inline constexpr std::int64_t lanes = 16;
inline constexpr std::int64_t block_rows = 8;
inline constexpr __mmask16 all_lanes = 0xFFFF;

/// The lanes that the last of `columns` columns' vectors uses.
[[nodiscard]] inline __mmask16 lanes_of(std::int64_t columns) {
  return static_cast<__mmask16>(all_lanes >> ((lanes - columns % lanes) % lanes));
}

/// What a block needs of its vectors. Masks have one bit for each lane.
struct FullVector {
  using Number = float;
  using Type = __m512;
  static constexpr std::int64_t lanes = 16;
  MILLRACE_AVX512 MILLRACE_INLINE static Type zero() { return _mm512_setzero_ps(); }
  MILLRACE_AVX512 MILLRACE_INLINE static Type broadcast(float x) { return _mm512_set1_ps(x); }
  MILLRACE_AVX512 MILLRACE_INLINE static Type load(const float* from) { return _mm512_loadu_ps(from); }
  MILLRACE_AVX512 MILLRACE_INLINE static Type load(__mmask16 mask, const float* from) {
    return _mm512_maskz_loadu_ps(mask, from);
  }
  MILLRACE_AVX512 MILLRACE_INLINE static void store(float* to, __mmask16 mask, Type values) {
    _mm512_mask_storeu_ps(to, mask, values);
  }
  MILLRACE_AVX512 MILLRACE_INLINE static Type multiply_add(Type a, Type b, Type sum) {
    return _mm512_fmadd_ps(a, b, sum);
  }
};
struct HalfVector {
  using Number = float;
  using Type = __m256;
  static constexpr std::int64_t lanes = 8;
  MILLRACE_AVX512 MILLRACE_INLINE static Type zero() { return _mm256_setzero_ps(); }
  MILLRACE_AVX512 MILLRACE_INLINE static Type broadcast(float x) { return _mm256_set1_ps(x); }
  MILLRACE_AVX512 MILLRACE_INLINE static Type load(const float* from) { return _mm256_loadu_ps(from); }
  MILLRACE_AVX512 MILLRACE_INLINE static Type load(__mmask16 mask, const float* from) {
    return _mm256_maskz_loadu_ps(static_cast<__mmask8>(mask), from);
  }
  MILLRACE_AVX512 MILLRACE_INLINE static void store(float* to, __mmask16 mask, Type values) {
    _mm256_mask_storeu_ps(to, static_cast<__mmask8>(mask), values);
  }
  MILLRACE_AVX512 MILLRACE_INLINE static Type multiply_add(Type a, Type b, Type sum) {
    return _mm256_fmadd_ps(a, b, sum);
  }
};

template <int Rows, int Count, class Vector = FullVector>
struct Sums {
  typename Vector::Type of[Rows][Count];
};

template <int Rows, int Count, class Vector>
MILLRACE_AVX512 MILLRACE_INLINE void clear(Sums<Rows, Count, Vector>& sums) {
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Count; ++v) sums.of[r][v] = Vector::zero();
  }
}

/// Loads one row, with which the sums of every row start.
template <int Rows, int Count, class Vector>
MILLRACE_AVX512 MILLRACE_INLINE void load_same(Sums<Rows, Count, Vector>& sums, const float* from, __mmask16 last) {
#pragma GCC unroll 4
  for (int v = 0; v < Count; ++v) {
    sums.of[0][v] = Vector::load(v + 1 < Count ? all_lanes : last, from + v * Vector::lanes);
#pragma GCC unroll 16
    for (int r = 1; r < Rows; ++r) sums.of[r][v] = sums.of[0][v];
  }
}

/// Loads rows that are `stride` apart; with stride 0 all sums start as the same row.
template <int Rows, int Count, class Vector>
MILLRACE_AVX512 MILLRACE_INLINE void load(Sums<Rows, Count, Vector>& sums, const float* from, std::int64_t stride,
                                          __mmask16 last) {
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Count; ++v)
      sums.of[r][v] = Vector::load(v + 1 < Count ? all_lanes : last, from + r * stride + v * Vector::lanes);
  }
}

/// Where a block reads the numbers that it broadcasts, one of each of its rows in a step. Rows are a distance apart, and
/// the numbers of successive steps are adjacent. Two pointers and three distances address eight rows: they stay in
/// registers, where g++ would otherwise compute and spill an address for each row and unrolled step.
template <class Vector>
class RowsApart {
 public:
  using Number = typename Vector::Number;

  RowsApart(const Number* first, std::int64_t distance)
      : first_(first), fifth_(first + 4 * distance), one_(distance), two_(2 * distance), three_(3 * distance) {}

  [[nodiscard]] MILLRACE_INLINE const Number* row(int r) const {
    const Number* const base = r < 4 ? first_ : fifth_;
    return r % 4 == 0 ? base : r % 4 == 1 ? base + one_ : r % 4 == 2 ? base + two_ : base + three_;
  }
  MILLRACE_INLINE void move(std::int64_t steps) {
    first_ += steps;
    fifth_ += steps;
    asm("" : "+r"(first_), "+r"(fifth_));  // hides from the compiler how the pointers change
  }

 private:
  const Number *first_, *fifth_;
  std::int64_t one_, two_, three_;
};

/// The same for rows whose numbers are adjacent. Those of successive steps are a distance apart.
template <class Vector>
class RowsBeside {
 public:
  using Number = typename Vector::Number;

  RowsBeside(const Number* first, std::int64_t distance) : first_(first), distance_(distance) {}

  [[nodiscard]] MILLRACE_INLINE const Number* row(int r) const { return first_ + r; }
  MILLRACE_INLINE void move(std::int64_t steps) { first_ += steps * distance_; }

 private:
  const Number* first_;
  std::int64_t distance_;
};

/// sums[r] += a.row(r)[step] * the vectors at b.
template <int Rows, int Count, class Vector, class Numbers>
MILLRACE_AVX512 MILLRACE_INLINE void add_step(Sums<Rows, Count, Vector>& sums, const Numbers& a, std::int64_t step,
                                              const typename Vector::Number* b, __mmask16 last) {
  typename Vector::Type values[Count];
#pragma GCC unroll 4
  for (int v = 0; v < Count; ++v)
    values[v] = v + 1 < Count ? Vector::load(b + v * Vector::lanes) : Vector::load(last, b + v * Vector::lanes);
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    const typename Vector::Type x = Vector::broadcast(a.row(r)[step]);
#pragma GCC unroll 4
    for (int v = 0; v < Count; ++v) sums.of[r][v] = Vector::multiply_add(x, values[v], sums.of[r][v]);
  }
}

template <int Rows, int Count, class Vector>
MILLRACE_AVX512 MILLRACE_INLINE void store(const Sums<Rows, Count, Vector>& sums, float* to, std::int64_t stride,
                                           __mmask16 last) {
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Count; ++v)
      Vector::store(to + r * stride + v * Vector::lanes, v + 1 < Count ? all_lanes : last, sums.of[r][v]);
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
