// SPDX-License-Identifier: Apache-2.0
#include "table/idle_columns.hpp"

#include <cmath>
#include <optional>
#include <string>

#include "base/excerpt.hpp"
#include "base/text.hpp"
#include "table/columns_named.hpp"

namespace millrace {

namespace {

constexpr std::int64_t fewest_to_count = 20;  // of fewer rows, a measurement may grow by 1 from row to row by chance

// Whether each cell is `step` more than the one above it.
bool grows_by(const Table& table, const TableColumn& column, float step) {
  for (std::int64_t row = 1; row < table.rows; ++row) {
    if (table.values.row(row)[column.place] - table.values.row(row - 1)[column.place] != step) return false;
  }
  return true;
}

// The cell as text: numbers and levels that are written alike say the same, whatever kinds the columns have.
std::string text_of(const TableColumn& column, float value) {
  return column.levels.empty() ? number_text(value) : column.levels[static_cast<std::size_t>(value)];
}

bool is_copy(const Table& table, const TableColumn& feature, const TableColumn& target) {
  std::optional<float> first;
  bool varies = false;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const float goal = table.values.row(row)[target.place], value = table.values.row(row)[feature.place];
    if (std::isnan(goal)) continue;
    if (std::isnan(value) || text_of(feature, value) != text_of(target, goal)) return false;
    if (!first) first = goal;
    varies = varies || goal != *first;
  }
  return varies;
}

}  // namespace

std::vector<ColumnNote> idle_columns(const Table& table, const std::vector<std::string>& columns) {
  std::vector<ColumnNote> notes;
  for (const TableColumn* const found : columns_named(table, columns)) {
    const TableColumn& column = *found;
    const std::string& name = column.name;
    if (column.kind != ColumnKind::number || table.rows < 2 || column.missing > 0) continue;
    const float first = table.values.row(0)[column.place];
    if (grows_by(table, column, 0)) {
      notes.push_back({name, "every row has the value " + number_text(first) + ", so the column teaches nothing", false,
                       "--ignore"});
    } else if (table.rows >= fewest_to_count && first == std::floor(first) && grows_by(table, column, 1)) {
      notes.push_back({name,
                       "counts the rows from " + number_text(first) + " to " +
                           number_text(table.values.row(table.rows - 1)[column.place]) +
                           "; if it only numbers them, it says nothing about other rows",
                       false, "--ignore"});
    }
  }
  return notes;
}

std::vector<ColumnNote> copies_of_target(const Table& table, const std::vector<std::string>& columns,
                                         const std::string& target) {
  std::vector<ColumnNote> notes;
  const TableColumn& goal = table.column(target);
  const auto has_cells = [](const TableColumn& column) {
    return column.kind != ColumnKind::date && column.kind != ColumnKind::ignored;
  };
  for (const TableColumn* const column : columns_named(table, columns)) {
    if (!has_cells(goal) || !has_cells(*column) || !is_copy(table, *column, goal)) continue;
    notes.push_back({column->name,
                     "is equal to the target " + excerpt(target) +
                         " in all rows; leave it out if it is not known when the model predicts",
                     false, "--ignore"});
  }
  return notes;
}

}  // namespace millrace
