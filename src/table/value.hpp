// SPDX-License-Identifier: Apache-2.0
//
// What a column of a table has in a row: a number, the index of a level, 0 or 1, seconds since 1970; NaN where missing.
#pragma once

#include <cstdint>

#include "table/checks.hpp"

namespace millrace {

[[nodiscard]] inline double value_at(const Table& table, const TableColumn& column, std::int64_t row) {
  return column.kind == ColumnKind::date ? table.dates[column.place][row] : double{table.values.row(row)[column.place]};
}

/// The same of a table that anybody may have made. Throws Error{data} for a value that the column cannot have.
[[nodiscard]] inline double table_value(const Table& table, const TableColumn& column, std::int64_t row) {
  const double value = value_at(table, column, row);
  check_cell(table, column, row, value);
  return value;
}

}  // namespace millrace
