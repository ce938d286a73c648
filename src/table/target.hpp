// SPDX-License-Identifier: Apache-2.0
//
// The target column of a table as the task wants it, and a table of numbers as a matrix.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/table.hpp"

namespace millrace {

/// Makes a column classes. `classes`: their order, as texts or equal numbers; empty: texts in byte order, numbers in
/// ascending order. A column that is a label already keeps its classes, but takes the given order.
/// Throws Error: usage (the column is a date or ignored, a class is given twice), data (a value is none of the given
/// classes).
void make_label(Table& table, const std::string& name, const std::vector<std::string>& classes = {});

/// Throws Error{data} that names the first row of the column whose value is none of the classes. For a table with all its
/// rows: make_label() sees those that are left. Error{usage}: a class is given twice.
void require_classes(const Table& table, const std::string& name, const std::vector<std::string>& classes);

/// Throws Error{usage} if a class is given twice. who: for messages.
void require_distinct(const std::vector<std::string>& classes, std::string_view who);

/// Makes a column of numbers, or of levels that are numbers, classes in ascending order. Levels that are the same number, 1
/// and 01, become one. Throws Error{data} for whole numbers that double cannot tell apart, and for those that fp32 may have
/// merged because the column is not the one that the table was read with as the target.
void make_label_of_numbers(Table& table, const std::string& name);

/// The distinct numbers of such a column, as far as rows have them.
[[nodiscard]] std::set<double> target_numbers(const Table& table, const std::string& name);

/// Makes a column numbers: a label of numbers becomes these numbers. Throws Error{data} naming the first cell that is no
/// number, and the option that would read it, and for numbers that fp32 cannot tell apart.
void make_number(Table& table, const std::string& name);

/// More distinct numbers or texts than these are hardly classes, unless many rows share them.
inline constexpr std::int64_t few_classes = 20;
/// More distinct targets of so many rows are measurements, not classes.
[[nodiscard]] constexpr std::int64_t most_classes(std::int64_t rows) { return std::max(few_classes, rows / 10); }
/// No table has more classes: a target of 4e9 is a measurement.
inline constexpr std::int64_t most_target_classes = 1 << 20;

/// The names of classes that are numbered from 0: "0", "1", "2", ...
[[nodiscard]] std::vector<std::string> numbered_classes(std::int64_t count);

/// Which cells of a target are missing because of what they say: "196 cells say 'None', 2 say '-'". Empty: none.
[[nodiscard]] std::string marks_text(const TableColumn& column);

/// The rows that have a value in each of these columns.
[[nodiscard]] std::vector<std::int64_t> rows_with(const Table& table, const std::vector<std::string>& names);

/// The columns with the names `from` get the names that stand at the same places of `to`; further ones keep theirs.
void rename_targets(Table& table, const std::vector<std::string>& from, const std::vector<std::string>& to);

/// Leaves out the rows that miss a value in one of these target columns. Returns their number. who: for messages.
/// Throws Error{data} if no row is left.
std::int64_t keep_rows_with(Table& table, const std::vector<std::string>& names, std::string_view who);

/// The labels as users write them, "-1" and "1", if they are classes by the rule of set_target(); else none.
[[nodiscard]] std::vector<std::string> classes_of_labels(const Dataset& data);

struct MatrixColumns {
  std::vector<std::string> features, target;
  std::string weight;  ///< empty: none
};
/// These columns as a Dataset, which shares the table's memory where the feature columns lie side by side. All must be
/// numbers; a target may be a label.
[[nodiscard]] Dataset as_matrix(const Table& table, const MatrixColumns& columns);

}  // namespace millrace
