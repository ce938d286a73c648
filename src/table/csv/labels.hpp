// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   CsvLabels labels(file, column, options);
//   labels.make_room(rows);
//   at = labels.read(cell, record, row, target, parts[chunk]);          // once per row, in any order, on any thread
//   dataset.classes = labels.finish(targets, parts, team);   // may turn targets into class indices
//
// The single target column. Only its last cell decides whether it holds numbers or class names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "millrace/data.hpp"
#include "table/class_names.hpp"
#include "table/csv/file.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// What the rows of one chunk say about the column.
struct CsvLabelPart {
  std::int64_t numbers = 0;
  const char* first_text = nullptr;     ///< the first cell that is not a number
  const char* first_missing = nullptr;  ///< the first cell that stands for a missing value
};

class CsvLabels {
 public:
  /// Takes the classes of the options, and whether numbers are expected. Throws Error{usage} if a class is listed twice.
  CsvLabels(const CsvFile& file, std::size_t column, const CsvOptions& options);

  void make_room(std::int64_t rows);

  /// Reads the cell of one row and returns where it ends. target: the class index if the classes are known, else the
  /// number, else 0 until finish(); NaN where a target may be missing and is. Throws Error{data} for an empty cell, NaN,
  /// infinity and an unknown class.
  const char* read(const char* cell, const char* record, std::int64_t row, float& target, CsvLabelPart& part);

  /// Whether the cells are taken as numbers where they are numbers: the classes are not known.
  [[nodiscard]] bool takes_numbers() const { return known_.empty(); }
  /// Instead of read(), for a cell that was read as a finite number already.
  void take_number(const char* cell, std::int64_t row, CsvLabelPart& part) {
    cells_[row] = cell;
    ++part.numbers;
  }

  /// Returns the classes. If they are known: those. If all cells are numbers: none, and the targets stay as they are.
  /// Otherwise the distinct texts in byte order, and the targets become their indices.
  /// Throws Error{data} at the first cell that is not a number if the column looks like numbers: if all other cells are
  /// numbers, or all are missing, and this one is missing; if there are more than most_classes(rows) distinct texts; or
  /// if numbers are expected and most cells are numbers.
  [[nodiscard]] std::vector<std::string> finish(Matrix& targets, std::span<const CsvLabelPart> parts, Crew& team);

 private:
  [[nodiscard]] float class_of(const CsvCell& cell, const char* at, const char* record) const;
  [[noreturn]] void refuse(const char* at, const char* record, const std::string& what) const;
  void refuse_stray_text(const CsvLabelPart& whole, std::int64_t rows, std::span<const std::string_view> texts) const;

  const CsvFile& file_;
  std::size_t column_;
  const std::vector<std::string> known_;
  const ClassNames names_{known_};
  bool expect_numbers_, skip_missing_;
  std::unordered_map<double, float> by_number_;  // as the form of the file writes numbers
  std::vector<const char*> cells_;               // where the cell of each row starts, unless the classes are known
};

}  // namespace millrace
