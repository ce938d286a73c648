// SPDX-License-Identifier: Apache-2.0
#include "base/small_product.hpp"

#include <algorithm>
#include <cstring>

#include "base/buffer.hpp"
#include "base/vectorize.hpp"

namespace millrace {

namespace {

constexpr std::int64_t lanes = 8;  // the compiler splits wider vectors badly where registers are narrower
using Lanes = float __attribute__((vector_size(lanes * sizeof(float)), aligned(4), may_alias));
static_assert(2 * lanes - 1 <= Buffer::slack);

// `columns` of C from one of its rows on, the sums of Rows x Vectors * lanes elements in registers.
template <int Rows, int Vectors>
MILLRACE_INLINE void block(const SmallProduct& p, std::int64_t row, std::int64_t column, std::int64_t columns) {
  const float* a = p.a + row * p.a_row;
  const float* b = p.b + column;
  Lanes sums[Rows][Vectors] = {};
  for (std::int64_t i = 0; i < p.k; ++i, a += p.a_step, b += p.b_stride) {
    Lanes values[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) values[v] = *reinterpret_cast<const Lanes*>(b + v * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const float x = a[r * p.a_row];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sums[r][v] += x * values[v];
    }
  }
  float* c = p.c + row * p.c_stride + column;
  if (columns == Vectors * lanes) {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) *reinterpret_cast<Lanes*>(c + r * p.c_stride + v * lanes) = sums[r][v];
    }
    return;
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    float whole[Vectors * lanes];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) *reinterpret_cast<Lanes*>(whole + v * lanes) = sums[r][v];
    std::memcpy(c + r * p.c_stride, whole, static_cast<std::size_t>(columns) * sizeof(float));
  }
}

template <int Rows, int Vectors>
MILLRACE_INLINE void rows(const SmallProduct& p, std::int64_t row) {
  std::int64_t column = 0;
  for (; column + Vectors * lanes <= p.n; column += Vectors * lanes)
    block<Rows, Vectors>(p, row, column, Vectors * lanes);
  for (; column + lanes < p.n; column += 2 * lanes) block<Rows, 2>(p, row, column, std::min(p.n - column, 2 * lanes));
  if (column < p.n) block<Rows, 1>(p, row, column, p.n - column);
}

}  // namespace

// Twelve sums of eight lanes and three operands are the registers of AVX2; a row by itself has more of its columns at
// once, or it would wait for every sum.
MILLRACE_VECTORIZED void multiply_small(const SmallProduct& p) {
  std::int64_t row = 0;
  for (; row + 6 <= p.m; row += 6) rows<6, 2>(p, row);
  if (row + 4 <= p.m) {
    rows<4, 2>(p, row);
    row += 4;
  }
  for (; row < p.m; ++row) rows<1, 4>(p, row);
}

void transpose_small(const float* b, std::int64_t b_stride, std::int64_t k, std::int64_t n, float* rows) {
  for (std::int64_t j = 0; j < n; ++j, b += b_stride) {
    for (std::int64_t i = 0; i < k; ++i) rows[i * n + j] = b[i];
  }
}

}  // namespace millrace
