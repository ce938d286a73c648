// SPDX-License-Identifier: Apache-2.0
#include "table/target_column.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "base/text.hpp"
#include "table/storage/stored.hpp"

namespace millrace {

bool NumberClasses::add(float number) {
  constexpr std::size_t most = 20;
  if (number != std::floor(number)) return false;
  ++counts_[number];
  return counts_.size() <= most;
}

bool NumberClasses::found() const {
  constexpr std::size_t fewest = 2;
  constexpr std::int64_t fewest_rows = 10;
  // 0 and 1 say no and yes, however rare one of them is.
  if (counts_.size() == 2 && counts_.contains(0) && counts_.contains(1)) return true;
  return counts_.size() >= fewest &&
         std::ranges::all_of(counts_, [](const auto& entry) { return entry.second >= fewest_rows; });
}

namespace {

bool are_classes(const Table& table, const TableColumn& column) {
  NumberClasses classes;
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    const float value = table.values.row(row)[column.place];
    if (!std::isnan(value) && !classes.add(value)) return false;
  }
  return classes.found();
}

// The numbers of a column become the indices of its levels, which stand in the order of `numbers`.
void set_levels(Table& table, TableColumn& column, const std::vector<float>& numbers) {
  std::map<float, float> codes;
  for (const float number : numbers) {
    codes.emplace(number, static_cast<float>(codes.size()));
    column.levels.push_back(number_text(number));
  }
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    float& value = table.values.row(row)[column.place];
    if (!std::isnan(value)) value = codes.at(value);
  }
}

std::vector<float> distinct_numbers(const Table& table, const TableColumn& column) {
  std::vector<float> numbers;
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    const float value = table.values.row(row)[column.place];
    if (!std::isnan(value)) numbers.push_back(value);
  }
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace

void make_levels_of_numbers(Table& table, TableColumn& column, ColumnKind kind) {
  std::vector<float> numbers = distinct_numbers(table, column);
  std::ranges::sort(numbers, {}, [](float number) { return number_text(number); });
  set_levels(table, column, numbers);
  column.kind = kind;
}

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
  if (column.kind == ColumnKind::date) column.obstacles.push_back(date_target_problem(table, column));
  if (column.missing > 0)
    column.obstacles.push_back(std::to_string(column.missing) + (column.missing == 1 ? " row has" : " rows have") +
                               " no target: training leaves such rows out");
  if (options.kinds.contains(column.name) && options.kinds.at(column.name) != ColumnKind::label) return;
  if (column.kind == ColumnKind::category || column.kind == ColumnKind::boolean) column.kind = ColumnKind::label;
  if (column.kind != ColumnKind::number || !are_classes(table, column)) return;
  set_levels(table, column, distinct_numbers(table, column));  // classes of numbers stand in their order
  column.kind = ColumnKind::label;
}

}  // namespace millrace
