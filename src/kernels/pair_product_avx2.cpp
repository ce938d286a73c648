// SPDX-License-Identifier: Apache-2.0
//
// The product of pairs with AVX2 and FMA: two fused multiply-adds take the place of each vdpbf16ps.
#include <immintrin.h>

#include <algorithm>

#include "base/vectorize.hpp"
#include "kernels/pair_product.hpp"
#include "kernels/panels.hpp"

#define MILLRACE_AVX2 __attribute__((target("arch=x86-64-v3")))

namespace millrace {

namespace {

constexpr std::int64_t lanes = 8;
constexpr int block_rows = 4, vectors = 2, block_columns = vectors * lanes;
// After this many steps the sums of a block go to memory and the next block begins, so that all blocks read the same
// pairs of B from the first cache.
constexpr std::int64_t steps_of_block = 256;

// The numbers of pairs as fp32: their bits are the upper half of it.
MILLRACE_AVX2 MILLRACE_INLINE __m256 first_of(__m256i pairs) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
}
MILLRACE_AVX2 MILLRACE_INLINE __m256 second_of(__m256i pairs) {
  return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32(static_cast<int>(0xFFFF'0000))));
}

// Runs `steps` steps on the sums of `Rows` rows and sixteen columns, which begin as `start` and end in `to`.
template <int Rows>
MILLRACE_AVX2 MILLRACE_INLINE void add_steps(const PairProduct& p, const BfloatPair* a, const BfloatPair* b,
                                             std::int64_t steps, const float (*start)[block_columns],
                                             float (*to)[block_columns]) {
  __m256 sums[Rows][vectors];
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) sums[r][v] = _mm256_loadu_ps(start[r] + v * lanes);
  }
  for (std::int64_t step = 0; step < steps; ++step, a += p.a_step, b += p.b_step) {
    __m256 first[vectors], second[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + v * lanes));
      first[v] = first_of(pairs);
      second[v] = second_of(pairs);
    }
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const __m256i pairs = _mm256_set1_epi32(static_cast<int>(a[r * p.a_row]));
      const __m256 x = first_of(pairs), y = second_of(pairs);
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v)
        sums[r][v] = _mm256_fmadd_ps(x, first[v], _mm256_fmadd_ps(y, second[v], sums[r][v]));
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) _mm256_storeu_ps(to[r] + v * lanes, sums[r][v]);
  }
}

// Sixteen columns of up to four rows.
struct Block {
  const PairProduct& p;
  IndexRange steps;
  std::int64_t column, count;  // columns that are stored

  [[nodiscard]] float* place(std::int64_t row) const {
    return p.c + (p.c_in_panels ? panel_offset(p.rows, p.columns, row, column) : row * p.c_stride + column);
  }
  template <int Rows>
  MILLRACE_AVX2 MILLRACE_INLINE void run(std::int64_t row) const {
    float sums[Rows][block_columns] = {};
    for (int r = 0; r < Rows; ++r) {
      if (steps.begin > 0 || p.accumulate)
        std::copy_n(place(row + r), count, sums[r]);
      else if (p.bias != nullptr)
        std::copy_n(p.bias + column, count, sums[r]);
    }
    add_steps<Rows>(p, p.a + row * p.a_row + steps.begin * p.a_step, p.pairs_of(column) + steps.begin * p.b_step,
                    steps.size(), sums, sums);
    for (int r = 0; r < Rows; ++r) std::copy_n(sums[r], count, place(row + r));
  }
};

}  // namespace

MILLRACE_AVX2 void multiply_pairs_avx2(const PairProduct& p) {
  for (std::int64_t column = 0; column < p.columns; column += block_columns) {
    // In panels, the zeros after the last column belong to the result.
    const std::int64_t count =
        p.c_in_panels ? block_columns : std::min<std::int64_t>(block_columns, p.columns - column);
    for (IndexRange steps{0, 0}; steps.end < p.steps;) {
      steps = {steps.end, std::min(p.steps, steps.end + steps_of_block)};
      const Block block{p, steps, column, count};
      std::int64_t row = 0;
      for (; row + block_rows <= p.rows; row += block_rows) block.run<block_rows>(row);
      for (; row < p.rows; ++row) block.run<1>(row);
    }
  }
}

}  // namespace millrace
