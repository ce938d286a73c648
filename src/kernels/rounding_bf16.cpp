// SPDX-License-Identifier: Apache-2.0
//
// Rounding with AVX512_BF16: vcvtne2ps2bf16 makes 32 bfloat16 numbers of two vectors.
#include <immintrin.h>

#include <algorithm>

#include "base/vectorize.hpp"
#include "kernels/bfloat16.hpp"

#define MILLRACE_AVX512_BF16 __attribute__((target("arch=x86-64-v4,prfchw,avx512bf16")))

namespace millrace {

namespace {

constexpr std::int64_t lanes = 16, side = rounded_square;

MILLRACE_AVX512_BF16 MILLRACE_INLINE __mmask16 lanes_below(std::int64_t count) {
  return static_cast<__mmask16>((1U << std::clamp<std::int64_t>(count, 0, lanes)) - 1);
}

// 32 numbers of a row, in order; those from `count` on are zeros.
MILLRACE_AVX512_BF16 MILLRACE_INLINE __m512i round_row(const float* from, std::int64_t count) {
  const __m512 low = count >= side ? _mm512_loadu_ps(from) : _mm512_maskz_loadu_ps(lanes_below(count), from),
               high = count >= side ? _mm512_loadu_ps(from + lanes)
                                    : _mm512_maskz_loadu_ps(lanes_below(count - lanes), from + lanes);
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

// Writes up to 32 pairs.
MILLRACE_AVX512_BF16 MILLRACE_INLINE void store_pairs(BfloatPair* to, std::int64_t count, __m512i low, __m512i high) {
  if (count >= side) {
    _mm512_storeu_si512(to, low);
    _mm512_storeu_si512(to + lanes, high);
  } else {
    _mm512_mask_storeu_epi32(to, lanes_below(count), low);
    _mm512_mask_storeu_epi32(to + lanes, lanes_below(count - lanes), high);
  }
}

// The words of two rows, of each column one beside the other: columns 0 to 15, and 16 to 31.
struct WordOrder {
  constexpr WordOrder() {
    for (std::uint16_t c = 0; c < side; ++c) {
      std::uint16_t* const pair = &(c < lanes ? low : high)[2 * (c % lanes)];
      pair[0] = c;
      pair[1] = static_cast<std::uint16_t>(side + c);
    }
  }
  alignas(64) std::uint16_t low[side]{}, high[side]{};
};
constexpr WordOrder word_order;

// Writes up to 32 pairs of rows, of which each has 32 rounded numbers.
MILLRACE_AVX512_BF16 MILLRACE_INLINE void store_row_pairs(BfloatPair* to, std::int64_t count, __m512i first,
                                                          __m512i second) {
  store_pairs(to, count, _mm512_permutex2var_epi16(first, _mm512_load_si512(word_order.low), second),
              _mm512_permutex2var_epi16(first, _mm512_load_si512(word_order.high), second));
}

// Transposes sixteen vectors of sixteen pairs: interleaves neighbouring rows, then pairs of rows, then quarters. The
// masks let all lanes through: GCC 12 warns of the intrinsics without a mask (its bug 105593).
MILLRACE_AVX512_BF16 MILLRACE_INLINE void transpose_pairs(__m512i (&rows)[lanes]) {
  constexpr __mmask16 all = 0xFFFF;
  constexpr __mmask8 all_halves = 0xFF;
  __m512i pairs[lanes], quads[lanes];
#pragma GCC unroll 8
  for (int r = 0; r < lanes; r += 2) {
    pairs[r] = _mm512_maskz_unpacklo_epi32(all, rows[r], rows[r + 1]);
    pairs[r + 1] = _mm512_maskz_unpackhi_epi32(all, rows[r], rows[r + 1]);
  }
#pragma GCC unroll 4
  for (int r = 0; r < lanes; r += 4) {
#pragma GCC unroll 2
    for (int p = 0; p < 2; ++p) {
      quads[r + 2 * p] = _mm512_maskz_unpacklo_epi64(all_halves, pairs[r + p], pairs[r + p + 2]);
      quads[r + 2 * p + 1] = _mm512_maskz_unpackhi_epi64(all_halves, pairs[r + p], pairs[r + p + 2]);
    }
  }
  // quads[4 q + c] has in quarter k the column 4 k + c of the rows 4 q to 4 q + 3.
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512i a = _mm512_maskz_shuffle_i32x4(all, quads[c], quads[4 + c], 0x88),
                  b = _mm512_maskz_shuffle_i32x4(all, quads[8 + c], quads[12 + c], 0x88),
                  d = _mm512_maskz_shuffle_i32x4(all, quads[c], quads[4 + c], 0xDD),
                  e = _mm512_maskz_shuffle_i32x4(all, quads[8 + c], quads[12 + c], 0xDD);
    rows[c] = _mm512_maskz_shuffle_i32x4(all, a, b, 0x88);
    rows[4 + c] = _mm512_maskz_shuffle_i32x4(all, d, e, 0x88);
    rows[8 + c] = _mm512_maskz_shuffle_i32x4(all, a, b, 0xDD);
    rows[12 + c] = _mm512_maskz_shuffle_i32x4(all, d, e, 0xDD);
  }
}

// Half of a square: up to sixteen inputs. The numbers of a row are its pairs of units one after the other; transposed,
// they are rows of the backward copy.
MILLRACE_AVX512_BF16 MILLRACE_INLINE void round_half(const float* from, std::int64_t stride, std::int64_t inputs,
                                                     std::int64_t units, BfloatPair* forward, BfloatPair* backward) {
  __m512i rows[lanes];
#pragma GCC unroll 16
  for (int r = 0; r < lanes; ++r) rows[r] = r < inputs ? round_row(from + r * stride, units) : _mm512_setzero_si512();
#pragma GCC unroll 8
  for (int r = 0; r < lanes; r += 2) {
    if (r < inputs) store_row_pairs(forward + r / 2 * pair_panel_columns, side, rows[r], rows[r + 1]);
  }
  transpose_pairs(rows);
  const __mmask16 written = lanes_below(2 * pair_count(inputs));
#pragma GCC unroll 16
  for (int v = 0; v < lanes; ++v) {
    if (v < pair_count(units)) _mm512_mask_storeu_epi32(backward + v * pair_panel_columns, written, rows[v]);
  }
}

}  // namespace

MILLRACE_AVX512_BF16 void pair_columns_bf16(const float* from, std::int64_t from_stride, std::int64_t rows,
                                            std::int64_t columns, BfloatPair* to, std::int64_t to_stride) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const row = from + r * from_stride;
    BfloatPair* const pairs = to + r * to_stride;
    std::int64_t c = 0;
    for (; c + side <= columns; c += side) _mm512_storeu_si512(pairs + c / 2, round_row(row + c, side));
    if (c < columns)
      _mm512_mask_storeu_epi32(pairs + c / 2, lanes_below(pair_count(columns - c)), round_row(row + c, columns - c));
  }
}

MILLRACE_AVX512_BF16 void pair_rows_bf16(const float* from, std::int64_t from_stride, std::int64_t rows,
                                         std::int64_t columns, BfloatPair* to, std::int64_t to_stride) {
  for (std::int64_t r = 0; r < rows; r += 2) {
    const float *const first = from + r * from_stride, *const second = first + from_stride;
    BfloatPair* const pairs = to + r / 2 * to_stride;
    for (std::int64_t c = 0; c < to_stride; c += side) {
      const std::int64_t count = columns - c;
      store_row_pairs(pairs + c, to_stride - c, count > 0 ? round_row(first + c, count) : _mm512_setzero_si512(),
                      count > 0 && r + 1 < rows ? round_row(second + c, count) : _mm512_setzero_si512());
    }
  }
}

MILLRACE_AVX512_BF16 void round_square_bf16(const float* from, std::int64_t stride, std::int64_t inputs,
                                            std::int64_t units, BfloatPair* forward, BfloatPair* backward) {
  for (std::int64_t first = 0; first < inputs; first += lanes) {
    const float* const rows = from + first * stride;
    BfloatPair* const to = forward + first / 2 * pair_panel_columns;
    if (inputs - first >= lanes && units == side)
      round_half(rows, stride, lanes, side, to, backward + first);
    else
      round_half(rows, stride, std::min(lanes, inputs - first), units, to, backward + first);
  }
}

}  // namespace millrace
