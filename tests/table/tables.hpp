// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the data room share: tables as nested vectors.
#pragma once

#include <vector>

#include "millrace/data.hpp"

namespace millrace::test {

using Table = std::vector<std::vector<float>>;

/// The rows of one of the set's matrices, in the set's order.
[[nodiscard]] inline Table table_of(const Dataset& data, const MatrixView& view) {
  Table table;
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const float* const row = view.row(data.table_row(r));
    table.emplace_back(row, row + view.columns);
  }
  return table;
}
[[nodiscard]] inline Table features_of(const Dataset& data) { return table_of(data, data.features); }

/// The only target of every row.
[[nodiscard]] inline std::vector<float> targets_of(const Dataset& data) {
  std::vector<float> column;
  for (const auto& row : table_of(data, data.targets)) column.push_back(row.at(0));
  return column;
}

}  // namespace millrace::test
