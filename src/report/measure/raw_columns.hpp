// SPDX-License-Identifier: Apache-2.0
//
// The columns that a model takes as the file has them, whether they are in a table or in a matrix of numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/model.hpp"

namespace millrace::report {

/// Rows to measure a model on. Both must outlive the measurements.
struct MeasuredRows {
  const Dataset* data = nullptr;  ///< prepared, with targets as the model's loss takes them
  const Table* table =
      nullptr;  ///< its row data->table_row(r) is row r of `data`; null: the features are the raw columns
};

struct RawColumn {
  std::string name;
  ColumnKind kind = ColumnKind::number;
  std::vector<std::string> levels{};  ///< of a category; of a boolean the words for 0 and 1
};

/// The name of a column of a matrix that has none: "column 3".
[[nodiscard]] std::string unnamed_column(std::int64_t column);

class RawColumns {
 public:
  /// The feature columns.
  RawColumns(const Model& model, const MeasuredRows& rows);

  [[nodiscard]] const std::vector<RawColumn>& columns() const { return columns_; }
  /// The value of a column in row r of the data: a number, the index of a level, seconds; NaN where missing.
  [[nodiscard]] double value(std::int64_t column, std::int64_t r) const;

 private:
  MeasuredRows rows_;
  std::vector<RawColumn> columns_;
  std::vector<const TableColumn*> places_;  // of the table; empty: columns of the data
};

/// At most `most` rows of 0 to rows - 1, evenly spaced.
[[nodiscard]] std::vector<std::int64_t> sample_of(std::int64_t rows, std::int64_t most);

/// The value, rounded so that numbers `spread` apart differ in two digits.
[[nodiscard]] double rounded(double value, double spread);

}  // namespace millrace::report
