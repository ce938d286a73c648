// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const std::vector<DistinctTexts> found = distinct_texts(columns, team);    // found[i].texts[code of the row]
//
// From the cells of columns to the distinct texts in each, on the workers of a team.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/index.hpp"
#include "millrace/row_storage.hpp"
#include "table/csv/scan.hpp"
#include "table/kinds/column_texts.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// Columns of a file whose rows are cut into parts; each part is one job. The code of row r of column c is at
/// codes[c][r * stride]. Before, its bits are the number of bytes from the text of the part to the cell of the row.
struct TextColumns {
  struct Part {
    IndexRange rows;
    const char* text;
  };
  CsvSyntax syntax;
  std::vector<Part> parts;  ///< in the order of the rows
  std::vector<float*> codes;
  std::int64_t stride = 1;
  bool may_be_missing = false;                   ///< whether the code of a cell that stands for a missing value is NaN
  std::vector<std::vector<std::string>> kept{};  ///< of each column: texts that do not stand for one; empty: none
  std::int64_t marked = -1;             ///< the column whose missing cells are counted by their texts; -1: none
  std::optional<RowStorage> storage{};  ///< of the text and the codes
};

/// Sets the codes of each column: the index of the text of each row. Floats tell the first 2^24 apart: with more texts
/// than that, codes are of no use. Columns are read together, because their cells share lines of the file; each takes up
/// to 100 bytes a worker and distinct text meanwhile.
[[nodiscard]] std::vector<DistinctTexts> distinct_texts(const TextColumns& columns, Crew& team);

}  // namespace millrace
