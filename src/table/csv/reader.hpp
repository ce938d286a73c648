// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CsvFile file = open_csv("people.csv", {});
//   if (/* file.names are the right ones */) Dataset table = read_csv(file, options);
//
// A table from a file that is open already: a pipe can be opened only once.
#pragma once

#include "millrace/data.hpp"
#include "millrace/table.hpp"
#include "table/csv/file.hpp"

namespace millrace {

/// As read_csv(path, options), but for the format, which the file was opened with.
[[nodiscard]] Dataset read_csv(const CsvFile& file, const CsvOptions& options);
/// As read_table(path, options), but for the format and the storage, which the file has.
[[nodiscard]] Table read_table(const CsvFile& file, const TableOptions& options);

}  // namespace millrace
