// SPDX-License-Identifier: Apache-2.0
//
// How programs write that there is no value.
#pragma once

#include "table/csv/scan.hpp"

namespace millrace {

/// Whether the cell is empty, or, unless the syntax says otherwise, one of these without quotes around it: NA, N/A, n/a, #N/A, #N/A N/A, #NA, <NA>, NaN, nan,
/// -nan, -NaN, NaT, NULL, null, (null), \N, None, NONE, ?, -, --, a lone point, and the errors of spreadsheets: #DIV/0!,
/// #VALUE!, #REF!, #NUM!, #NAME?, #NULL!.
[[nodiscard]] bool is_missing(const CsvSyntax& syntax, const CsvCell& cell);
/// The same of a text, quoted or not, and of whatever else is NaN as a number.
[[nodiscard]] bool says_missing(std::string_view text);

}  // namespace millrace
