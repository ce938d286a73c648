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

}  // namespace millrace
