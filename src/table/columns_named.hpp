// SPDX-License-Identifier: Apache-2.0
//
// Columns of a table by their names.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "millrace/table.hpp"

namespace millrace {

/// The columns with these names, in this order. Passes over the table's columns once: there may be thousands, and
/// Table::column() looks at all of them for each name. Throws as Table::column().
[[nodiscard]] std::vector<const TableColumn*> columns_named(const Table& table, std::span<const std::string> names);

/// The column with this name; null if the table has none, or does not read it.
[[nodiscard]] const TableColumn* read_column(const Table& table, const std::string& name);

}  // namespace millrace
