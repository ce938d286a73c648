// SPDX-License-Identifier: Apache-2.0
//
// The header line of a CSV file, and what a user may have to say about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "table/csv/file.hpp"

namespace millrace {

/// Reads the names of the columns from file.body on, which is behind the header line then. Throws Error{data} for a
/// header line that is not UTF-8 or looks like a row of numbers.
void read_header(CsvFile& file);

/// The names 1, 2, 3 and so on for a file without a header line. A delimiter at the end of the first row makes no column.
[[nodiscard]] std::vector<std::string> numbered_names(const CsvFile& file);

/// What a record with a wrong number of cells often comes from, as ": is line 1 a comment? (--comment '#')". May be empty.
[[nodiscard]] std::string cell_count_hint(const CsvFile& file, const char* record);

/// If the header line, or the first row without one, is one cell: that another character may be the delimiter, that the
/// line may be a comment, or a title ahead of the header line, each with the flag that says so; or that it stands in
/// quotes as a whole. Otherwise empty.
[[nodiscard]] std::string header_hint(const CsvFile& file);

/// If the header line is likely a row, for a name that is no column: it has a number or a cell of its own column, or the
/// name is the number of a column. "does the file lack a header line? (--no-header ...)". Otherwise empty.
[[nodiscard]] std::string missing_header_hint(const CsvFile& file, std::string_view name);

/// Where the last line starts, if there are rows ahead of it; otherwise the end of the text.
[[nodiscard]] const char* last_line(const CsvFile& file);

/// If this cell stands in the last line, which starts at `line`: that it may be no row. Otherwise empty.
[[nodiscard]] std::string last_line_hint(const CsvFile& file, const char* line, std::string_view cell);

/// If one of the next lines, without numbers, has a cell of that name, which is no name of a column: "line 3 has a cell
/// 'y': does the header line come later? (--skip-lines 2)". Otherwise empty.
[[nodiscard]] std::string later_header_hint(const CsvFile& file, std::string_view name);

}  // namespace millrace
