// SPDX-License-Identifier: Apache-2.0
//
// What the cells of a target say that its values in fp32 do not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "table/csv/file.hpp"
#include "table/kinds/column_texts.hpp"

namespace millrace {

/// The numbers of a column in double, by row, NaN where a cell is none. close: set if they are whole numbers so large that
/// all of them are one in double, though they are written as several.
struct ExactNumbers {
  std::vector<double> numbers;
  std::string close;
};
[[nodiscard]] ExactNumbers exact_numbers(const CsvFile& file, std::int64_t column);

/// Labels of numbers that are written in several ways, 001 and 1, are one class, and may have been meant as two: an obstacle
/// for each.
[[nodiscard]] std::vector<std::string> equal_labels(const CsvFile& file, std::int64_t column);

/// Whether a column says + and - and nothing else. - is a mark of missing values, but beside + it is the other class.
[[nodiscard]] bool are_plus_and_minus(const DistinctTexts& found);

}  // namespace millrace
