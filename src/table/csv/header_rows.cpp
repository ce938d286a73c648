// SPDX-License-Identifier: Apache-2.0
#include "table/csv/header_rows.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/excerpt.hpp"
#include "table/level_counts.hpp"

namespace millrace {

namespace {

// Whether a number is like those of a column: no farther from them than they are from one another, so that the 1 of rows
// that are counted and an extreme value are. Names of pixels and wavelengths are hardly.
bool is_like(float number, const Table& table, const TableColumn& column) {
  float least = INFINITY, most = -INFINITY;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const float value = table.values.row(row)[column.place];
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return number >= least - (most - least) && number <= most + (most - least);
}

}  // namespace

std::string lost_row(const CsvFile& file, const Table& table) {
  if (file.header == nullptr) return "";
  std::string_view recurring;
  std::set<std::int64_t> counts;  // of cells that are the name of their column
  bool above_numbers = false;
  for (const TableColumn& column : table.columns) {
    if (column.kind == ColumnKind::ignored) continue;
    if (column.kind == ColumnKind::number && column.levels.empty()) {
      const std::optional<float> number = file.form.number(column.name);
      if (!number || !is_like(*number, table, column)) return "";
      above_numbers = true;
      continue;
    }
    const auto level = std::ranges::find(column.levels, column.name);
    if (level == column.levels.end()) return "";
    counts.insert(count_levels(table, column).cells[level - column.levels.begin()]);
    if (recurring.empty()) recurring = column.name;
  }
  // A header line that is repeated further down is as often in one column as in the others.
  if (recurring.empty() || (!above_numbers && counts.size() < 2)) return "";
  return " seems to be a row, because " + excerpt(recurring) +
         " is also a cell of its column, expected the names of the columns: --no-header if the file has no header "
         "line, or rename the columns";
}

const char* repeated_header(const CsvFile& file, const Table& table) {
  if (file.header == nullptr) return nullptr;
  const auto may_repeat = [](const TableColumn& column) {
    return column.kind == ColumnKind::ignored || std::ranges::find(column.levels, column.name) != column.levels.end();
  };
  if (!std::ranges::all_of(table.columns, may_repeat)) return nullptr;
  for (const char* at = file.record_at(file.body); at != file.syntax.end; at = file.record_at(at)) {
    if (file.repeats_header(at)) return at;
    while (!file.syntax.at_line_end(at)) ++at;
    at = file.syntax.past_line_end(at);
  }
  return nullptr;
}

}  // namespace millrace
