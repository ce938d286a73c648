// SPDX-License-Identifier: Apache-2.0
//
// Features from which nothing can be learned about other rows.
#pragma once

#include <string>
#include <vector>

#include "millrace/prepare.hpp"
#include "millrace/table.hpp"

namespace millrace {

/// Of these columns of a table, those of numbers that are the same in all rows, or that count the rows, as the ids of a
/// file do: "column 'id': counts the rows from 1 to 150 ...".
[[nodiscard]] std::vector<ColumnNote> idle_columns(const Table& table, const std::vector<std::string>& columns);

/// Of these columns of a table, those whose cells say the same as the target in every row that has one: "column 'y2': says
/// the same as the target 'y' in all rows ...". None if the target has one value only.
[[nodiscard]] std::vector<ColumnNote> copies_of_target(const Table& table, const std::vector<std::string>& columns,
                                                       const std::string& target);

}  // namespace millrace
