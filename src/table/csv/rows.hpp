// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   CsvRows table(file, columns);
//   CsvLabels labels(...);
//   table.read(labels);           // table.rows, table.features, ...
//
// The one pass over the cells of a CSV file: number cells go from the mapped bytes straight to their place in the
// table.
#pragma once

#include <cstdint>
#include <vector>

#include "millrace/data.hpp"
#include "table/csv/columns.hpp"
#include "table/csv/labels.hpp"

namespace millrace {

class CsvRows {
 public:
  CsvRows(const CsvFile& file, const CsvColumns& columns);

  /// Reads to the end of the file. Lines of blanks are skipped; in a file of one column only those at its end, since
  /// there an empty line is an empty cell. Throws Error{data}.
  void read(CsvLabels& labels);

  Matrix features, targets;    ///< with room for at least as many rows as there are
  std::vector<float> weights;  ///< one a row where a column has role weight
  std::int64_t rows = 0;       ///< how many were read

 private:
  const char* read_record(const char* record, CsvLabels& labels);
  const char* read_number(const char* cell, const char* record, std::size_t column, float& value) const;
  const char* read_label(const char* cell, const char* record, CsvLabels& labels);
  void check_weight(const char* cell, std::size_t column, float weight) const;
  [[nodiscard]] float* place(CsvUse use);

  const CsvFile& file_;
  const CsvColumns& columns_;
};

}  // namespace millrace
