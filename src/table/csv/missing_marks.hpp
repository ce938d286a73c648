// SPDX-License-Identifier: Apache-2.0
//
// The marks of a file's own for missing values.
#pragma once

#include <span>
#include <string>

#include "table/csv/file.hpp"

namespace millrace {

/// Makes the cells of the rows that are one of the marks, or equal to one that is a number, empty. The file gets a copy of
/// its text, in which lines and cells are where they were. Without marks it does nothing. If the first is "only", which is
/// no mark then, the file has no other ones. Throws Error{usage} for an empty mark.
void empty_cells(CsvFile& file, std::span<const std::string> marks);

}  // namespace millrace
