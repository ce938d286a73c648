// SPDX-License-Identifier: Apache-2.0
//
// What a table's target is: classes, or numbers.
#pragma once

#include <cstdint>
#include <map>

#include "millrace/table.hpp"

namespace millrace {

/// Makes the target of the table a label where it holds classes: if it is asked for, if it holds texts or booleans, and if
/// it holds 0 and 1, or 2 to 20 distinct whole numbers, each in 10 rows or more. Rows without a target are an obstacle.
/// Does nothing without a target. The table has the column.
void set_target(Table& table, const TableOptions& options);

/// Decides whether numbers are classes: 0 and 1 alone, or 2 to 20 distinct whole ones, each in 10 rows or more.
class NumberClasses {
 public:
  /// Counts a row. Returns false once the numbers cannot be classes: this one is not whole, or one too many.
  [[nodiscard]] bool add(float number);
  [[nodiscard]] bool found() const;
  /// How many rows have each number.
  [[nodiscard]] const std::map<float, std::int64_t>& counts() const { return counts_; }

 private:
  std::map<float, std::int64_t> counts_;
};

/// What is wrong with a column of dates as the target: "holds dates, expected numbers or classes ...".
[[nodiscard]] std::string date_target_problem(const Table& table, const TableColumn& column);

/// Turns a column of numbers into one whose levels are those numbers as text, in byte order.
void make_levels_of_numbers(Table& table, TableColumn& column, ColumnKind kind);

}  // namespace millrace
