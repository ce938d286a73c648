// SPDX-License-Identifier: Apache-2.0
//
// A file without a header line, whose first row was taken for one.
#pragma once

#include <string>

#include "millrace/table.hpp"
#include "table/csv/file.hpp"

namespace millrace {

/// "holds a row, not names: ..." if the header line of the file is a row like all others, as far as the table shows: each
/// name is a number among those of its column, or a cell of its column, too. Else empty. The table has all its rows.
[[nodiscard]] std::string lost_row(const CsvFile& file, const Table& table);

}  // namespace millrace
