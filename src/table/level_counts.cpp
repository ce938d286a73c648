// SPDX-License-Identifier: Apache-2.0
#include "table/level_counts.hpp"

#include <cmath>
#include <ranges>

#include "table/storage/stored.hpp"

namespace millrace {

namespace {

LevelCounts count(const Table& table, const TableColumn& column, const auto& rows) {
  LevelCounts counts{std::vector<std::int64_t>(column.levels.size()), 0};
  Pass pass(storage_of(table));
  for (const std::int64_t row : rows) {
    pass.over(row_bytes(table));
    const float level = table.values.row(row)[column.place];
    if (std::isnan(level))
      ++counts.missing;
    else
      ++counts.cells[static_cast<std::int64_t>(level)];
  }
  return counts;
}

}  // namespace

LevelCounts count_levels(const Table& table, const TableColumn& column) {
  return count(table, column, std::views::iota(std::int64_t{0}, table.rows));
}

LevelCounts count_levels(const Table& table, const TableColumn& column, std::span<const std::int64_t> rows) {
  return count(table, column, rows);
}

}  // namespace millrace
