// SPDX-License-Identifier: Apache-2.0
#include "base/transpose.hpp"

#include <algorithm>

namespace millrace {

void transpose(const float* from, std::int64_t from_stride, RowRange rows, std::int64_t columns, float* to,
               std::int64_t to_stride) {
  constexpr std::int64_t side = 8;
  for (std::int64_t row = rows.begin; row < rows.end; row += side) {
    const std::int64_t row_end = std::min(row + side, rows.end);
    for (std::int64_t column = 0; column < columns; column += side) {
      for (std::int64_t c = column; c < std::min(column + side, columns); ++c) {
        for (std::int64_t r = row; r < row_end; ++r) to[c * to_stride + r] = from[r * from_stride + c];
      }
    }
  }
}

}  // namespace millrace
