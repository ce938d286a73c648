// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "prepare/columns/column.hpp"

namespace millrace {

// One row a kind of column, each defined in its file.
ColumnRow number_column_row();
ColumnRow category_column_row();
ColumnRow boolean_column_row();
ColumnRow date_column_row();

std::span<const ColumnRow> column_table() {
  static const std::array<ColumnRow, 4> table{number_column_row(), category_column_row(), boolean_column_row(),
                                              date_column_row()};
  return table;
}

}  // namespace millrace
