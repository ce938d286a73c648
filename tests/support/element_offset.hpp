// SPDX-License-Identifier: Apache-2.0
//
// Where the elements of a matrix are, for the plain references of products.
#pragma once

#include "kernels/bfloat16.hpp"
#include "kernels/matrix_layout.hpp"
#include "kernels/panels.hpp"

namespace millrace::test {

/// Where element (row, column) of a [rows x columns] matrix is, in numbers from its beginning.
[[nodiscard]] inline std::int64_t element_offset(const MatrixLayout& layout, std::int64_t rows, std::int64_t columns,
                                                 std::int64_t row, std::int64_t column) {
  switch (layout.layout) {
    case Layout::rows:
      return row * layout.stride + column;
    case Layout::transposed:
      return column * layout.stride + row;
    case Layout::panels:
      return panel_offset(rows, columns, row, column);
    case Layout::transposed_panels:
      return panel_offset(columns, rows, column, row);
    case Layout::pair_panels:
      return 2 * (pair_panel_offset(rows, column) + row / 2 * pair_panel_columns) + row % 2;
  }
  return 0;
}

}  // namespace millrace::test
