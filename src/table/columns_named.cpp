// SPDX-License-Identifier: Apache-2.0
#include "table/columns_named.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace millrace {

std::vector<const TableColumn*> columns_named(const Table& table, std::span<const std::string> names) {
  std::unordered_map<std::string_view, const TableColumn*> known;
  for (const TableColumn& column : table.columns) known.try_emplace(column.name, &column);
  std::vector<const TableColumn*> columns;
  for (const std::string& name : names) {
    const auto found = known.find(name);
    columns.push_back(found == known.end() ? &table.column(name) : found->second);
  }
  return columns;
}

const TableColumn* read_column(const Table& table, const std::string& name) {
  const auto found = std::ranges::find(table.columns, name, &TableColumn::name);
  return found == table.columns.end() || found->kind == ColumnKind::ignored ? nullptr : &*found;
}

}  // namespace millrace
