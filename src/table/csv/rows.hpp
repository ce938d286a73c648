// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   CsvRows table(file, columns, label);
//   table.read(team);             // table.rows, table.features, ...
//
// The one pass over the cells of a CSV file: numbers go from the bytes of the file straight to their place in the table.
// The workers of the team read the chunks of the file. Bits, the order of rows, and which error is found, do not depend
// on how many they are.
#pragma once

#include <cstdint>
#include <vector>

#include "millrace/data.hpp"
#include "table/csv/columns.hpp"
#include "table/csv/labels.hpp"
#include "table/csv/number_run.hpp"
#include "table/csv/records.hpp"

namespace millrace {

class CsvRows final : public RecordReader {
 public:
  /// `label` reads the column with role label. skip_missing_targets: targets may be missing; they are NaN then.
  CsvRows(const CsvFile& file, const CsvColumns& columns, CsvLabels& label, bool skip_missing_targets);

  /// Reads to the end of the file. Blank lines are skipped; in a file of one column an empty line is an empty cell.
  /// Throws Error{data} for the first record that cannot be read.
  void read(Crew& team);

  Matrix features, targets;    ///< [rows x columns]
  std::vector<float> weights;  ///< one per row if a column has role weight
  std::int64_t rows = 0;
  std::vector<CsvLabelPart> label_parts;  ///< what the chunks say about the label, in the order of the file

  void begin(std::span<const CsvChunk> chunks) override;
  const char* read(const char* record, std::int64_t row, std::int64_t chunk) override;

 private:
  // Neighbouring columns of the file that become neighbouring numbers, or one column of another kind.
  struct Run {
    CsvRole role;
    std::size_t column;
    std::int64_t count;
    std::int64_t index;
  };

  const char* read_label(const char* cell, const char* record, std::int64_t row, float& target, CsvLabelPart& part);
  const char* read_number(const char* cell, const char* record, std::size_t column, float& value) const;
  void check_weight(const char* cell, std::size_t column, float weight) const;
  [[nodiscard]] float* place(const Run& run, std::int64_t row);

  const CsvFile& file_;
  const CsvColumns& columns_;
  CsvLabels& label_;
  bool skip_missing_targets_;
  std::vector<Run> runs_;
  NumberScanner scan_numbers_ = number_scanner();
};

}  // namespace millrace
