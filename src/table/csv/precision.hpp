// SPDX-License-Identifier: Apache-2.0
//
// Columns whose values are closer together than fp32 can tell apart, such as seconds since 1970: 1700000000 and
// 1700000019 are one number there, and training would take the column for a constant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/data.hpp"
#include "table/csv/columns.hpp"
#include "table/csv/file.hpp"

namespace millrace {

/// A column of numbers: which one of the file it is, and where its rounded values are.
struct ReadColumn {
  std::int64_t column;
  const float* first;
  std::int64_t stride;
};

/// A column of which max - min is above 0 and below 2^-20 max(|min|, |max|), and what is wrong with it.
struct CloseColumn {
  std::int64_t column;
  std::string problem;  ///< "has values from ... to ..., which fp32 cannot tell apart, expected ..."
};

/// Whether the values lie so close that some of them may be one number in fp32 and were several in the text.
[[nodiscard]] bool may_be_close(const ReadColumn& column, std::int64_t rows);

/// In the order of `columns`, which must be that of the file. NaN stands for a missing value.
[[nodiscard]] std::vector<CloseColumn> close_columns(const CsvFile& file, const std::vector<ReadColumn>& columns,
                                                     std::int64_t rows);

/// features and numbers: what was read of the columns with those roles. Throws Error{data} for the first close column.
void check_precision(const CsvFile& file, const CsvColumns& columns, const MatrixView& features,
                     const MatrixView& numbers);

}  // namespace millrace
