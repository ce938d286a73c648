// SPDX-License-Identifier: Apache-2.0
//
// How programs write that there is no value.
#pragma once

#include "table/csv/scan.hpp"

namespace millrace {

/// Whether the cell is empty, or one of these without quotes around it: NA, N/A, n/a, #N/A, #NA, <NA>, NaN, nan, -nan,
/// NULL, null, None, NONE, ?, - and a lone point.
[[nodiscard]] bool is_missing(const CsvCell& cell);

}  // namespace millrace
