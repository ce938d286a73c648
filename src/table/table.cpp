// SPDX-License-Identifier: Apache-2.0
#include "millrace/table.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/names.hpp"

namespace millrace {

std::string_view kind_name(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::number:
      return "number";
    case ColumnKind::category:
      return "category";
    case ColumnKind::boolean:
      return "boolean";
    case ColumnKind::date:
      return "date";
    case ColumnKind::label:
      return "label";
    case ColumnKind::ignored:
      break;
  }
  return "ignore";
}

const TableColumn& Table::column(std::string_view name) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](auto& column) { return column.name == name; });
  if (found != columns.end()) return *found;
  std::vector<std::string_view> known;
  for (const TableColumn& column : columns) known.push_back(column.name);
  fail(ErrorKind::usage, "table", source + ": " + unknown_name("column", name, known));
}

}  // namespace millrace
