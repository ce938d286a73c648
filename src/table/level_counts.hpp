// SPDX-License-Identifier: Apache-2.0
//
// How often each level of a category occurs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "millrace/table.hpp"

namespace millrace {

struct LevelCounts {
  std::vector<std::int64_t> cells;  ///< by level
  std::int64_t missing = 0;
};

/// In all rows of the table.
[[nodiscard]] LevelCounts count_levels(const Table& table, const TableColumn& column);
/// In these rows.
[[nodiscard]] LevelCounts count_levels(const Table& table, const TableColumn& column,
                                       std::span<const std::int64_t> rows);

}  // namespace millrace
