// SPDX-License-Identifier: Apache-2.0
//
// Checks of data sets, which a caller may have made by hand.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/index.hpp"
#include "millrace/data.hpp"
#include "millrace/table.hpp"

namespace millrace {

/// Throws Error{usage} if extents, strides, selected rows and numbers of names do not fit each other, so that no memory
/// outside the arrays is read later.
void check_extents(const Dataset& data, std::string_view who);
/// Throws Error{usage} if rows, dates and the places of columns do not fit each other, so that no memory outside the table is
/// read later. Cells are checked as they are read.
void check_table(const Table& table, std::string_view who);
/// Throws Error{data} that names the cell, whose value its column cannot have.
[[noreturn]] void fail_cell(const Table& table, const TableColumn& column, std::int64_t row, double value);
/// Throws Error{data} unless the value of a cell is NaN, or the index of a level, or of a column without levels a finite
/// number. In a header, because it is called for every cell.
inline void check_cell(const Table& table, const TableColumn& column, std::int64_t row, double value) {
  const bool possible = column.levels.empty() ? !std::isinf(static_cast<float>(value))
                                              : !(value < 0 || value >= static_cast<double>(column.levels.size()));
  if (!possible) fail_cell(table, column, row, value);
}
/// Row weights are either empty, or one for each table row; otherwise throws Error{usage}. Throws Error{data} for a
/// weight that is negative or not finite, and if all are 0.
void check_row_weights(const Dataset& data, std::string_view who);
/// Throws Error{data} naming row and column of the first feature that is NaN or infinite.
void check_finite_features(const Dataset& data, std::string_view who);

/// The same for some rows of the set.
[[nodiscard]] bool has_finite_features(const Dataset& data, IndexRange rows);
/// Whether the target of a row is 0 in this column. Then classes in it are not counted from 1.
[[nodiscard]] bool has_target_0(const Dataset& data, std::int64_t column);
/// "row 3 of table.csv", for messages.
[[nodiscard]] std::string place_of_row(const Dataset& data, std::int64_t table_row);
/// "'age'", or the column's number, from 1.
[[nodiscard]] std::string feature_name(const Dataset& data, std::int64_t column);

}  // namespace millrace
