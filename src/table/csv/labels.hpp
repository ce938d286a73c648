// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   CsvLabels labels(file, column, options);
//   *target = labels.add(cell, at, record);                    // once a row
//   dataset.classes = labels.finish(targets);             // may rewrite the targets: numbers to class indices
//
// The one target column, of which nobody knows whether it holds numbers or names before its last row.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "millrace/data.hpp"
#include "table/csv/file.hpp"

namespace millrace {

class CsvLabels {
 public:
  /// options: its classes, and whether numbers are expected. Throws Error{usage} where a class is listed twice.
  CsvLabels(const CsvFile& file, std::size_t column, const CsvOptions& options);

  /// What to store for the cell at `at` of that record: its class index where classes are known, else its number, else
  /// nothing yet. Throws Error{data} for an empty cell, NaN or infinity, and a label that is no known class.
  float add(const CsvCell& cell, const char* at, const char* record);

  /// With known classes: those. With numbers only: none, the targets stay numbers. Otherwise the distinct texts in
  /// byte order, and the targets become their indices.
  /// Throws Error{data} at the first cell that is no number where the column looks like numbers: where others are
  /// numbers, or none is anything, and it says "missing"; where the column has more than max(20, rows / 10) distinct
  /// values; where numbers are expected and most cells are.
  [[nodiscard]] std::vector<std::string> finish(Matrix& targets);

 private:
  [[nodiscard]] std::optional<float> known_class(std::string_view text) const;
  void refuse_stray_text(std::size_t distinct) const;

  const CsvFile& file_;
  std::size_t column_;
  std::vector<std::string> known_;
  bool expect_numbers_;
  std::unordered_map<std::string_view, float> by_text_;
  std::unordered_map<double, float> by_number_;
  std::vector<std::string_view> cells_;  // one a row; of the file's bytes or of unquoted_
  std::deque<std::string> unquoted_;     // texts that had doubled quotes
  std::size_t numbers_ = 0;
  const char* first_text_ = nullptr;     // where the first cell that is no number stands
  const char* first_missing_ = nullptr;  // and the first that only says that there is none
};

}  // namespace millrace
