// SPDX-License-Identifier: Apache-2.0
#include "kernels/transpose.hpp"

#include <algorithm>

#include "base/vectorize.hpp"
#include "kernels/eight_floats.hpp"

namespace millrace {

namespace {

constexpr std::int64_t side = 8;

// Transposes a square of side x side: interleaves neighbouring rows, then pairs of rows, then halves.
MILLRACE_INLINE void transpose_square(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
  EightFloats rows[side], pairs[side], quads[side];
#pragma GCC unroll 8
  for (int r = 0; r < side; ++r) rows[r] = *reinterpret_cast<const EightFloats*>(from + r * from_stride);
#pragma GCC unroll 4
  for (int r = 0; r < side; r += 2) {
    pairs[r] = __builtin_shufflevector(rows[r], rows[r + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[r + 1] = __builtin_shufflevector(rows[r], rows[r + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
#pragma GCC unroll 2
  for (int r = 0; r < side; r += 4) {
#pragma GCC unroll 2
    for (int p = 0; p < 2; ++p) {
      quads[r + 2 * p] = __builtin_shufflevector(pairs[r + p], pairs[r + p + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      quads[r + 2 * p + 1] = __builtin_shufflevector(pairs[r + p], pairs[r + p + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < side / 2; ++c) {
    *reinterpret_cast<EightFloats*>(to + c * to_stride) =
        __builtin_shufflevector(quads[c], quads[c + side / 2], 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<EightFloats*>(to + (c + side / 2) * to_stride) =
        __builtin_shufflevector(quads[c], quads[c + side / 2], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

MILLRACE_INLINE void transpose_part(const float* from, std::int64_t from_stride, std::int64_t rows,
                                    std::int64_t columns, float* to, std::int64_t to_stride) {
  for (std::int64_t c = 0; c < columns; ++c)
    for (std::int64_t r = 0; r < rows; ++r) to[c * to_stride + r] = from[r * from_stride + c];
}

// Takes two squares, one below the other, at a time: together they fill whole cache lines of the result (16 floats).
MILLRACE_INLINE void transpose_loop(const float* from, std::int64_t from_stride, IndexRange rows, std::int64_t columns,
                                    float* to, std::int64_t to_stride) {
  for (std::int64_t row = rows.begin; row < rows.end; row += 2 * side) {
    const std::int64_t row_end = std::min(row + 2 * side, rows.end);
    for (std::int64_t column = 0; column < columns; column += side) {
      for (std::int64_t r = row; r < row_end; r += side) {
        const std::int64_t width = std::min(side, columns - column), height = std::min(side, row_end - r);
        const float* square = from + r * from_stride + column;
        float* transposed = to + column * to_stride + r;
        if (width == side && height == side) {
          transpose_square(square, from_stride, transposed, to_stride);
        } else {
          transpose_part(square, from_stride, height, width, transposed, to_stride);
        }
      }
    }
  }
}

}  // namespace

void transpose(const float* from, std::int64_t from_stride, IndexRange rows, std::int64_t columns, float* to,
               std::int64_t to_stride) {
  vectorized<transpose_loop>(from, from_stride, rows, columns, to, to_stride);
}

}  // namespace millrace
