// SPDX-License-Identifier: Apache-2.0
//
// Rows and header lines that were taken for one another.
#pragma once

#include <string>

#include "millrace/table.hpp"
#include "table/csv/file.hpp"

namespace millrace {

/// " seems to be a row, because ..." if the header line of the file is a row like all others, as far as the table shows: each
/// name is a number among those of its column, or a cell of its column, too. Else empty. The table has all its rows.
[[nodiscard]] std::string lost_row(const CsvFile& file, const Table& table);

/// The same as far as names show that several columns share: each of them is a cell of its own columns.
[[nodiscard]] std::string shared_names_are_cells(const CsvFile& file);

/// The first row that repeats the header line, as files have that were put together from several; null: there is none. The
/// table has all its rows; if a column shows that there is no such row, the text is not searched.
[[nodiscard]] const char* repeated_header(const CsvFile& file, const Table& table);

}  // namespace millrace
