// SPDX-License-Identifier: Apache-2.0
#include "kernels/small_product.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "base/buffer.hpp"
#include "base/vectorize.hpp"

#define MILLRACE_AVX2 __attribute__((target("arch=x86-64-v3")))

namespace millrace {

namespace {

constexpr std::int64_t lanes = 8;

// sums += a column of A times a row of B, each product and sum rounded once. Without the explicit instruction, g++ 14
// rounds a block of one row otherwise than a block of six.
template <int Rows, int Vectors>
MILLRACE_AVX2 MILLRACE_INLINE void add_step(__m256 (&sums)[Rows][Vectors], const float* a, std::int64_t a_row,
                                            const float* b) {
  __m256 values[Vectors];
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) values[v] = _mm256_loadu_ps(b + v * lanes);
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    const __m256 x = _mm256_set1_ps(a[r * a_row]);
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sums[r][v] = _mm256_fmadd_ps(x, values[v], sums[r][v]);
  }
}

// Sets the sums of every row to the first `columns` elements of the bias.
template <int Rows, int Vectors>
MILLRACE_AVX2 MILLRACE_INLINE void start(__m256 (&sums)[Rows][Vectors], const float* bias, std::int64_t columns) {
  float values[Vectors * lanes] = {};
  std::memcpy(values, bias, columns * sizeof(float));
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    const __m256 of_bias = _mm256_loadu_ps(values + v * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) sums[r][v] = of_bias;
  }
}

// Sets the sums of each row to the first `columns` elements of its own start.
template <int Rows, int Vectors>
MILLRACE_AVX2 MILLRACE_INLINE void resume(__m256 (&sums)[Rows][Vectors], const float* from, std::int64_t stride,
                                          std::int64_t columns) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r, from += stride) {
    float part[Vectors * lanes] = {};
    const bool whole = columns == Vectors * lanes;
    if (!whole) std::memcpy(part, from, columns * sizeof(float));
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sums[r][v] = _mm256_loadu_ps((whole ? from : part) + v * lanes);
  }
}

// If the columns of B do not fill the vectors, a load reads past the end of a row into the next one. After the last row
// another thread may be writing, so the last rows, as many as could be read past the end of B, are copied first.
struct Ends {
  static constexpr std::int64_t width = 2 * lanes, most = lanes - 1;
  std::int64_t count = 0;
  float rows[most][width];  // the first `count` are filled

  explicit Ends(const SmallProduct& p) {
    const std::int64_t left = p.n % width, missing = (lanes - left % lanes) % lanes;
    if (missing == 0) return;
    count = missing <= p.b_stride ? 1 : std::min(p.k, ceil_div(missing, p.b_stride));
    for (std::int64_t i = 0; i < count; ++i) {
      std::fill_n(rows[i], width, 0.0F);
      std::memcpy(rows[i], p.b + (p.k - count + i) * p.b_stride + p.n - left, left * sizeof(float));
    }
  }
};

// Computes `columns` columns of Rows rows of C. The sums of Rows x Vectors * lanes elements are in registers.
template <int Rows, int Vectors>
MILLRACE_AVX2 MILLRACE_INLINE void block(const SmallProduct& p, const Ends& ends, std::int64_t row, std::int64_t column,
                                         std::int64_t columns) {
  const float* a = p.a + row * p.a_row;
  const float* b = p.b + column;
  __m256 sums[Rows][Vectors] = {};
  if (p.start != nullptr && p.start_stride == 0) start(sums, p.start + column, columns);
  if (p.start_stride != 0) resume(sums, p.start + row * p.start_stride + column, p.start_stride, columns);
  const bool whole_vectors = columns == Vectors * lanes;
  const std::int64_t in_place = whole_vectors ? p.k : p.k - ends.count;
  for (std::int64_t i = 0; i < in_place; ++i, a += p.a_step, b += p.b_stride) add_step(sums, a, p.a_row, b);
  if (!whole_vectors) {
    add_step(sums, a, p.a_row, ends.rows[0]);  // one step, unless B is narrower than the missing lanes
    for (std::int64_t i = 1; i < ends.count; ++i) add_step(sums, a + i * p.a_step, p.a_row, ends.rows[i]);
  }
  float* c = p.c + row * p.c_stride + column;
  if (whole_vectors) {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) _mm256_storeu_ps(c + r * p.c_stride + v * lanes, sums[r][v]);
    }
    return;
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    float whole[Vectors * lanes];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) _mm256_storeu_ps(whole + v * lanes, sums[r][v]);
    std::memcpy(c + r * p.c_stride, whole, columns * sizeof(float));
  }
}

template <int Rows, int Vectors>
MILLRACE_AVX2 MILLRACE_INLINE void rows(const SmallProduct& p, const Ends& ends, std::int64_t row) {
  std::int64_t column = 0;
  for (; column + Vectors * lanes <= p.n; column += Vectors * lanes)
    block<Rows, Vectors>(p, ends, row, column, Vectors * lanes);
  for (; column + lanes < p.n; column += 2 * lanes)
    block<Rows, 2>(p, ends, row, column, std::min(p.n - column, 2 * lanes));
  if (column < p.n) block<Rows, 1>(p, ends, row, column, p.n - column);
}

}  // namespace

// Twelve sums of eight lanes and three operands fill the registers of AVX2. A single row takes more columns at a time:
// with few sums, each step would wait for the one before.
MILLRACE_AVX2 void multiply_small_avx2(const SmallProduct& p) {
  const Ends ends(p);
  std::int64_t row = 0;
  for (; row + 6 <= p.m; row += 6) rows<6, 2>(p, ends, row);
  if (row + 4 <= p.m) {
    rows<4, 2>(p, ends, row);
    row += 4;
  }
  for (; row < p.m; ++row) rows<1, 4>(p, ends, row);
}

}  // namespace millrace
