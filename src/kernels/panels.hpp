// SPDX-License-Identifier: Apache-2.0
//
// A matrix in panels: its columns are cut into groups of 32, and each group is a row-major matrix of its own, one after
// the other. The part of it that a product or an update reads is then contiguous.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/buffer.hpp"

namespace millrace {

/// Two vectors of sixteen floats.
inline constexpr std::int64_t panel_columns = 32;

/// The floats of a row in the panel that begins at `column`. Rows of the last panel are padded with zeros to a whole
/// cache line.
[[nodiscard]] constexpr std::int64_t panel_width(std::int64_t columns, std::int64_t column) {
  return std::min(panel_columns, round_up(columns - column, cache_line_floats));
}

/// Where element (row, column) of a [rows x columns] matrix is.
[[nodiscard]] constexpr std::int64_t panel_offset(std::int64_t rows, std::int64_t columns, std::int64_t row,
                                                  std::int64_t column) {
  const std::int64_t in_panel = column % panel_columns, panel = column - in_panel;
  return rows * panel + row * panel_width(columns, panel) + in_panel;
}

[[nodiscard]] constexpr std::int64_t panel_floats(std::int64_t rows, std::int64_t columns) {
  return rows * round_up(columns, cache_line_floats);
}

}  // namespace millrace
