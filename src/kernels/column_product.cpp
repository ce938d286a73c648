// SPDX-License-Identifier: Apache-2.0
#include "kernels/column_product.hpp"

#include <algorithm>
#include <cstring>

#include "base/vectorize.hpp"
#include "kernels/eight_floats.hpp"

namespace millrace {

namespace {

constexpr int lanes = 8;  // of EightFloats

// Vectors are passed by reference, because the calling convention of wide vectors depends on the instruction set.
// (a0 + a1, b0 + b1, a2 + a3, b2 + b3, ...)
MILLRACE_INLINE void add_neighbours(EightFloats& a, const EightFloats& b) {
  a = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14) +
      __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
}
MILLRACE_INLINE void add_pairs(EightFloats& a, const EightFloats& b) {
  a = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13) +
      __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}
MILLRACE_INLINE void add_halves(EightFloats& a, const EightFloats& b) {
  a = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) +
      __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}

// Multiplies eight rows at once, so that the sums over lanes are also taken together. Each lane of sums[0] ends with
// the product of one row.
MILLRACE_INLINE void eight_products(const float* const* a, const float* b, std::int64_t count, EightFloats* sums) {
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const EightFloats values = *reinterpret_cast<const EightFloats*>(b + i);
#pragma GCC unroll 8
    for (int r = 0; r < lanes; ++r) sums[r] += *reinterpret_cast<const EightFloats*>(a[r] + i) * values;
  }
  if (i < count) {
    // Nothing after the end of a row is read: another thread may be writing it, or it may hold no number.
    const std::size_t rest = (count - i) * sizeof(float);
    EightFloats values = {};
    std::memcpy(&values, b + i, rest);
    for (int r = 0; r < lanes; ++r) {
      EightFloats of_row = {};
      std::memcpy(&of_row, a[r] + i, rest);
      sums[r] += of_row * values;
    }
  }
  for (int r = 0; r < lanes; r += 2) add_neighbours(sums[r], sums[r + 1]);
  for (int r = 0; r < lanes; r += 4) add_pairs(sums[r], sums[r + 2]);
  add_halves(sums[0], sums[4]);
}

MILLRACE_INLINE void multiply_column_loop(const float* a, std::int64_t a_stride, const float* b, std::int64_t rows,
                                          std::int64_t count, float* y, std::int64_t y_stride) {
  for (std::int64_t row = 0; row < rows; row += lanes) {
    const float* of_row[lanes];
    for (std::int64_t r = 0; r < lanes; ++r) of_row[r] = a + std::min(row + r, rows - 1) * a_stride;
    EightFloats sums[lanes] = {};
    eight_products(of_row, b, count, sums);
    for (std::int64_t r = 0; r < std::min<std::int64_t>(lanes, rows - row); ++r) y[(row + r) * y_stride] = sums[0][r];
  }
}

}  // namespace

void multiply_column(const float* a, std::int64_t a_stride, const float* b, std::int64_t rows, std::int64_t count,
                     float* y, std::int64_t y_stride) {
  vectorized<multiply_column_loop>(a, a_stride, b, rows, count, y, y_stride);
}

}  // namespace millrace
