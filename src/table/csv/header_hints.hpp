// SPDX-License-Identifier: Apache-2.0
//
// What a user may have to say about a CSV file whose header line or rows are not what they seem, and the flag that says so.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "table/csv/file.hpp"

namespace millrace {

/// "is the delimiter ';'? (--delimiter ';')"
[[nodiscard]] std::string delimiter_hint(char delimiter);

/// Moves `at` from the start of a record behind it, and returns the number of its cells. 0: a flawed cell leaves it open.
std::size_t cells_of(const CsvSyntax& syntax, const char*& at);

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
/// 'y': does the header line come later? (--skip-lines 2)". So is a line from which on all lines have more cells than the
/// header line. Otherwise empty.
[[nodiscard]] std::string later_header_hint(const CsvFile& file, std::string_view name);

}  // namespace millrace
