// SPDX-License-Identifier: Apache-2.0
#include "table/level_counts.hpp"

#include <cmath>

#include "table/checks.hpp"
#include "table/storage/stored.hpp"

namespace millrace {

namespace {

LevelCounts count(const Table& table, const TableColumn& column, std::int64_t rows, const auto& row_at) {
  LevelCounts counts{std::vector<std::int64_t>(column.levels.size()), 0};
  Pass pass(storage_of(table));
  for (std::int64_t i = 0; i < rows; ++i) {
    pass.over(row_bytes(table));
    const std::int64_t row = row_at(i);
    const float level = table.values.row(row)[column.place];
    check_cell(table, column, row, static_cast<double>(level));
    if (std::isnan(level))
      ++counts.missing;
    else
      ++counts.cells[static_cast<std::int64_t>(level)];
  }
  return counts;
}

}  // namespace

LevelCounts count_levels(const Table& table, const TableColumn& column) {
  return count(table, column, table.rows, [](std::int64_t i) { return i; });
}

LevelCounts count_levels(const Table& table, const TableColumn& column, std::span<const std::int64_t> rows) {
  return count(table, column, std::ssize(rows), [&](std::int64_t i) { return rows[static_cast<std::size_t>(i)]; });
}

}  // namespace millrace
