// SPDX-License-Identifier: Apache-2.0
//
// Amounts of several currencies in one column, which are no numbers of one unit.
#pragma once

#include <cstdint>
#include <vector>

#include "table/csv/file.hpp"

namespace millrace {

/// Throws Error{data} for a cell of one of these columns, which hold amounts, in another currency than a cell above it.
/// Amounts without a sign may be of any.
void check_currencies(const CsvFile& file, const std::vector<std::int64_t>& columns);

}  // namespace millrace
