// SPDX-License-Identifier: Apache-2.0
#include "table/csv/header_rows.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/excerpt.hpp"
#include "table/csv/missing.hpp"
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

std::string is_row(std::string_view recurring) {
  return " seems to be a row, because " + excerpt(recurring) +
         " is also a cell of its column, expected the names of the columns: --no-header if the file has no header "
         "line, or rename the columns";
}

// Columns whose name is that of another one, too.
std::vector<std::size_t> columns_of_shared_names(const CsvFile& file) {
  std::map<std::string_view, int> counts;
  for (const std::string& name : file.names) ++counts[name];
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < file.names.size(); ++i) {
    if (counts[file.names[i]] > 1 && !says_missing(file.names[i])) columns.push_back(i);
  }
  return columns;
}

}  // namespace

std::string shared_names_are_cells(const CsvFile& file) {
  constexpr int looked_at = 1000;
  const std::vector<std::size_t> columns = columns_of_shared_names(file);
  if (file.header == nullptr || columns.empty()) return "";
  std::set<std::size_t> found;  // columns that hold their names
  bool repeated = true;         // a row that holds one of the names holds them all, as a repeated header line does
  const char* at = file.record_at(file.body);
  for (int looked = 0; looked < looked_at && at != file.syntax.end; ++looked) {
    std::size_t next = 0, here = 0;
    for (std::size_t column = 0;; ++at, ++column) {
      const CsvCell cell = scan_cell(file.syntax, at);
      if (next < columns.size() && columns[next] == column) {
        const bool same = cell_text(cell) == file.names[column];
        if (same) found.insert(column);
        here += same ? 1 : 0;
        ++next;
      }
      if (file.syntax.at_line_end(at)) break;
    }
    repeated = repeated && (here == 0 || here == columns.size());
    at = file.record_at(file.syntax.past_line_end(at));
  }
  return found.size() == columns.size() && !repeated ? is_row(file.names[columns[0]]) : "";
}

std::string lost_row(const CsvFile& file, const Table& table) {
  if (file.header == nullptr) return "";
  if (std::string problem = shared_names_are_cells(file); !problem.empty()) return problem;
  std::string_view recurring;
  std::set<std::int64_t> counts;  // of cells that are the name of their column
  bool above_numbers = false;
  for (const TableColumn& column : table.columns) {
    if (column.kind == ColumnKind::ignored || says_missing(column.name)) continue;
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
  return is_row(recurring);
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
