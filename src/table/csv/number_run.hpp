// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const NumberScanner scan = number_scanner();
//   const NumberRun run = scan(cell, readable_end, ',', row, 60);   // row[0] to row[run.count - 1] are set
//
// Reads neighbouring cells of numbers into neighbouring floats: the loop in which most of the time of reading a table
// goes.
#pragma once

#include <cstdint>

namespace millrace {

struct NumberRun {
  const char* at;      ///< the end of the last cell if all were read, else the start of the first cell that was not
  std::int64_t count;  ///< cells read
};

/// Reads up to `count` cells from `at` on, as long as a cell is a plain number that scan_number can read and, but for
/// the last, a delimiter follows it. `end` is the end of the text: nothing behind it is read.
using NumberScanner = NumberRun (*)(const char* at, const char* end, char delimiter, float* out, std::int64_t count);

/// The fastest that this processor can run.
[[nodiscard]] NumberScanner number_scanner();
/// The one that every processor can run. All give the same bits.
[[nodiscard]] NumberRun scan_numbers_portable(const char* at, const char* end, char delimiter, float* out,
                                              std::int64_t count);

}  // namespace millrace
