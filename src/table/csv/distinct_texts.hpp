// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   std::vector<std::string> names = distinct_texts(syntax, cells, codes, team);    // names[codes[row]]
//
// From the cells of a column to the distinct texts in it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "table/csv/scan.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// cells: where the cell of every row starts. Returns the distinct texts in byte order; codes[row] becomes the index of
/// the row's text. There must be fewer than 2^24, the whole numbers that a float tells apart: with more of them codes
/// are of no use, and the texts are right.
[[nodiscard]] std::vector<std::string> distinct_texts(const CsvSyntax& syntax, std::span<const char* const> cells,
                                                      std::span<float> codes, Crew& team);

}  // namespace millrace
