// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const DistinctTexts found = distinct_texts(column, team);    // found.texts[code of the row]
//
// From the cells of a column to the distinct texts in it, on the workers of a team.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"
#include "millrace/row_storage.hpp"
#include "table/csv/scan.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// A column of a file, in parts; each is one job. The code of row r is at codes + r * stride. Before, the bits there say
/// where the cell of the row starts: so many bytes behind the text of its part.
struct TextCells {
  struct Part {
    IndexRange rows;
    const char* text;
  };
  CsvSyntax syntax;
  std::vector<Part> parts;  ///< in the order of the rows
  float* codes = nullptr;
  std::int64_t stride = 1;
  bool may_be_missing = false;          ///< whether the code of a cell that stands for a missing value is NaN
  std::optional<RowStorage> storage{};  ///< of the text and the codes
};

struct DistinctTexts {
  std::vector<std::string_view> texts;  ///< in byte order; each where it first stands in the file, or in `unquoted`
  std::vector<std::int64_t> counts;     ///< cells per text
  std::int64_t missing = 0;
  std::vector<std::deque<std::string>> unquoted;  ///< the texts that the file writes with doubled quotes
};

/// Sets the codes: the index of the text of each row. Floats tell the first 2^24 apart: with more texts than that, codes
/// are of no use.
[[nodiscard]] DistinctTexts distinct_texts(const TextCells& column, Crew& team);

}  // namespace millrace
