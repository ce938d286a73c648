// SPDX-License-Identifier: Apache-2.0
//
// Cells that are not of the kind that nearly all cells of their column have.
#pragma once

#include <string>
#include <vector>

#include "millrace/prepare.hpp"
#include "millrace/unread_cells.hpp"

namespace millrace {

/// A line of units or descriptions stands among the first rows, if anywhere.
inline constexpr std::int64_t most_lines_of_units = 3;

/// "line 2 says 'degC' and 'm/s' in columns of numbers: if it holds units or descriptions, take it off (sed '2d' ...)".
/// place: "line 2", or "part-1.csv line 2".
[[nodiscard]] std::string line_of_units(const std::string& place, const std::vector<std::string>& texts);

/// Whether nearly all cells of a category are numbers in the plain form.
[[nodiscard]] bool is_mostly_numbers(const Table& table, const TableColumn& column, const TableOptions& options);

/// Whether an unread cell is of the kind of its column for all that: a number that is infinite in fp32. An unread number
/// that is not, such as 0 in a column of booleans, is one in a column of another kind.
[[nodiscard]] bool is_infinite(const UnreadCell& cell);

/// What is said of the cells that are taken for missing: one note a column.
[[nodiscard]] std::vector<ColumnNote> stray_cells(const std::vector<UnreadCell>& unread);

}  // namespace millrace
