// SPDX-License-Identifier: Apache-2.0
//
// How a matrix of floats lies in memory, and which distance between rows is best for products.
#pragma once

#include <cstdint>

namespace millrace {

/// Where the element (r, c) of a matrix is:
///   rows               r * stride + c
///   transposed         c * stride + r
///   panels             panel_offset(), see panels.hpp; there is no stride
///   transposed_panels  where panels would have the element (c, r)
///   pair_panels        bfloat16 numbers at pair_panel_offset(), see bfloat16.hpp; there is no stride
enum class Layout { rows, transposed, panels, transposed_panels, pair_panels };

struct MatrixLayout {
  Layout layout = Layout::rows;
  std::int64_t stride = 0;  ///< in numbers

  bool operator==(const MatrixLayout&) const = default;
};

/// The distance between rows of `columns` floats at which products are fastest. Rows an even number of cache lines
/// apart share a few sets of the cache: at 2048 floats this costs half of the speed on AVX2 and a tenth on AVX-512. An
/// odd number of lines uses all sets.
[[nodiscard]] constexpr std::int64_t row_stride(std::int64_t columns) {
  constexpr std::int64_t narrow = 256, line = 16;  // narrower rows are few lines, whose sets hardly collide
  return columns < narrow ? columns : ((columns + line - 1) / line | 1) * line;
}

}  // namespace millrace
