// SPDX-License-Identifier: Apache-2.0
//
// What a table's target is: classes, or numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

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
  [[nodiscard]] bool add(double number);
  [[nodiscard]] bool found() const;
  /// How many rows have each number.
  [[nodiscard]] const std::map<double, std::int64_t>& counts() const { return counts_; }

 private:
  std::map<double, std::int64_t> counts_;
};

/// A number as a level: "100000", "0.1". Whole ones have no exponent, and one that fp32 holds has as few digits as tell it
/// from others there.
[[nodiscard]] std::string level_text(double number);
/// Whether a number is whole and so large that double merges it with others, so that it cannot be a level.
[[nodiscard]] bool is_merged(double number);
/// Throws Error{data} that names the column, which has such numbers. who: for the message.
[[noreturn]] void fail_merged(const Table& table, const TableColumn& column, std::string_view who);

/// What value_at() has of a row, before it was rounded to fp32 if the table has it so. NaN where missing.
[[nodiscard]] double number_at(const Table& table, const TableColumn& column, std::int64_t row);
/// Whether the column has numbers so large that fp32 may have merged whole ones: 2^24 and more.
[[nodiscard]] bool has_large_numbers(const Table& table, const TableColumn& column);
/// Keeps the numbers of a column beside those in fp32. numbers: by row.
void keep_exact(Table& table, TableColumn& column, std::vector<double> numbers);

/// What is wrong with a column of dates as the target: "holds dates, expected numbers or classes ...".
[[nodiscard]] std::string date_target_problem(const Table& table, const TableColumn& column);

/// Turns a column of numbers into one whose levels are those numbers as text, in byte order.
void make_levels_of_numbers(Table& table, TableColumn& column, ColumnKind kind);

}  // namespace millrace
