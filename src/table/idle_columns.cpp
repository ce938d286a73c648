// SPDX-License-Identifier: Apache-2.0
#include "table/idle_columns.hpp"

#include <cmath>

#include "base/text.hpp"
#include "table/columns_named.hpp"

namespace millrace {

namespace {

constexpr std::int64_t fewest_to_count = 20;  // of fewer rows, a measurement may grow by 1 from row to row by chance

// Whether each cell is `step` more than the one above it.
bool grows_by(const Table& table, const TableColumn& column, float step) {
  for (std::int64_t row = 1; row < table.rows; ++row) {
    if (table.values.row(row)[column.place] - table.values.row(row - 1)[column.place] != step) return false;
  }
  return true;
}

}  // namespace

std::vector<ColumnNote> idle_columns(const Table& table, const std::vector<std::string>& columns) {
  std::vector<ColumnNote> notes;
  for (const TableColumn* const found : columns_named(table, columns)) {
    const TableColumn& column = *found;
    const std::string& name = column.name;
    if (column.kind != ColumnKind::number || table.rows < 2 || column.missing > 0) continue;
    const float first = table.values.row(0)[column.place];
    if (grows_by(table, column, 0)) {
      notes.push_back({name, "all rows say " + number_text(first) + ", so nothing is learned", false, "--ignore"});
    } else if (table.rows >= fewest_to_count && first == std::floor(first) && grows_by(table, column, 1)) {
      notes.push_back({name,
                       "counts the rows from " + number_text(first) + " to " +
                           number_text(table.values.row(table.rows - 1)[column.place]) +
                           "; if it only numbers them, it says nothing about other rows",
                       false, "--ignore"});
    }
  }
  return notes;
}

}  // namespace millrace
