// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "millrace/table.hpp"

namespace millrace::test {

/// The values of a column by row, -999 where missing; of a date its seconds since 1970.
[[nodiscard]] inline std::vector<double> values_of(const millrace::Table& table, const std::string& name) {
  const TableColumn& column = table.column(name);
  std::vector<double> values;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const double value =
        column.kind == ColumnKind::date ? table.dates[column.place][row] : double{table.values.row(row)[column.place]};
    values.push_back(std::isnan(value) ? -999 : value);
  }
  return values;
}

}  // namespace millrace::test
