// SPDX-License-Identifier: Apache-2.0
#include "table/target_column.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "table/kinds/infer.hpp"
#include "table/storage/stored.hpp"
#include "table/target.hpp"
#include "table/value.hpp"

namespace millrace {

namespace {

constexpr std::string_view merged_numbers =
    "has whole numbers of 2^53 or more, which double cannot all tell apart, expected texts where they are classes or "
    "levels, such as c12345678901234567";

}  // namespace

bool NumberClasses::add(double number) {
  if (number != std::floor(number)) return false;
  ++counts_[number];
  return std::ssize(counts_) <= few_classes;
}

bool NumberClasses::found() const {
  constexpr std::size_t fewest = 2;
  constexpr std::int64_t fewest_rows = 10;
  // 0 and 1 say no and yes, however rare one of them is.
  if (counts_.size() == 2 && counts_.contains(0) && counts_.contains(1)) return true;
  return counts_.size() >= fewest &&
         std::ranges::all_of(counts_, [](const auto& entry) { return entry.second >= fewest_rows; });
}

std::string level_text(double number) {
  if (number == std::floor(number) && std::abs(number) < 0x1p63) return std::to_string(std::llround(number));
  const auto single = static_cast<float>(number);
  return double{single} == number ? number_text(single) : number_text(number);
}

bool is_merged(double number) { return number == std::floor(number) && std::abs(number) >= 0x1p53; }

void fail_merged(const Table& table, const TableColumn& column, std::string_view who) {
  fail(ErrorKind::data, who,
       "column " + excerpt(column.name) + " of " + table.source + " " + std::string(merged_numbers));
}

double number_at(const Table& table, const TableColumn& column, std::int64_t row) {
  return column.exact >= 0 ? table.dates[column.exact][row] : value_at(table, column, row);
}

bool has_large_numbers(const Table& table, const TableColumn& column) {
  constexpr float least_rounded = 1 << 24;
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    if (std::abs(table.values.row(row)[column.place]) >= least_rounded) return true;
  }
  return false;
}

void keep_exact(Table& table, TableColumn& column, std::vector<double> numbers) {
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    const float value = table.values.row(row)[column.place];
    if (std::isnan(value) || std::isnan(numbers[row])) numbers[row] = double{value};
  }
  column.exact = std::ssize(table.dates);
  table.dates.push_back(std::move(numbers));
}

namespace {

bool are_classes(const Table& table, const TableColumn& column) {
  NumberClasses classes;
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    const double value = number_at(table, column, row);
    if (!std::isnan(value) && !classes.add(value)) return false;
  }
  return classes.found();
}

// The numbers of a column become the indices of its levels, which stand in the order of `numbers`.
void set_levels(Table& table, TableColumn& column, const std::vector<double>& numbers) {
  std::map<double, float> codes;
  for (const double number : numbers) {
    codes.emplace(number, static_cast<float>(codes.size()));
    column.levels.push_back(level_text(number));
  }
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    float& value = table.values.row(row)[column.place];
    if (!std::isnan(value)) value = codes.at(number_at(table, column, row));
  }
  if (column.exact >= 0 && column.exact + 1 == std::ssize(table.dates)) table.dates.pop_back();
  column.exact = -1;
  column.close.clear();
}

std::vector<double> distinct_numbers(const Table& table, const TableColumn& column) {
  std::vector<double> numbers;
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    const double value = number_at(table, column, row);
    if (!std::isnan(value)) numbers.push_back(value);
  }
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace

void make_levels_of_numbers(Table& table, TableColumn& column, ColumnKind kind) {
  std::vector<double> numbers = distinct_numbers(table, column);
  if (std::ranges::any_of(numbers, is_merged)) fail_merged(table, column, "table");
  std::ranges::sort(numbers, {}, level_text);
  set_levels(table, column, numbers);
  column.kind = kind;
}

namespace {

void make_label_of_classes(Table& table, TableColumn& column) {
  if (column.kind == ColumnKind::category || column.kind == ColumnKind::boolean) column.kind = ColumnKind::label;
  if (column.kind != ColumnKind::number || !are_classes(table, column)) return;
  const std::vector<double> numbers = distinct_numbers(table, column);
  if (std::ranges::any_of(numbers, is_merged)) {
    column.close = merged_numbers;
    return;
  }
  set_levels(table, column, numbers);  // classes of numbers stand in their order
  column.kind = ColumnKind::label;
}

}  // namespace

std::string date_target_problem(const Table& table, const TableColumn& column) {
  constexpr double day = 86400;
  const bool times =
      std::ranges::all_of(table.dates[column.place], [](double seconds) { return !(seconds < 0) && !(seconds > day); });
  return std::string(times ? "holds times of a day" : "holds dates") +
         ", expected numbers or classes as the target: write " +
         (times ? "their seconds or hours as numbers" : "how many days or seconds lie between it and another day") +
         ", or give it the kind category";
}

void set_target(Table& table, const TableOptions& options) {
  if (options.target.empty()) return;
  const auto named = [&](const TableColumn& column) { return column.name == options.target; };
  TableColumn& column = *std::ranges::find_if(table.columns, named);
  const std::optional<ColumnKind> asked = asked_kind(options, column.name);
  if (!asked || asked == ColumnKind::label) make_label_of_classes(table, column);
  if (!column.close.empty()) column.obstacles.insert(column.obstacles.begin(), column.close);
  if (column.kind == ColumnKind::date) column.obstacles.push_back(date_target_problem(table, column));
  if (column.missing > 0)
    column.obstacles.push_back(
        std::to_string(column.missing) + (column.missing == 1 ? " row has" : " rows have") +
        " no target: training leaves such rows out" + (column.marks.empty() ? "" : "; " + marks_text(column)) +
        (column.marks.empty() || column.kind != ColumnKind::label ? "" : ", and are a class if --classes names it"));
}

}  // namespace millrace
