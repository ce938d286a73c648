// SPDX-License-Identifier: Apache-2.0
#include "table/target.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "millrace/split.hpp"
#include "table/class_names.hpp"
#include "table/columns_named.hpp"
#include "table/storage/stored.hpp"
#include "table/target_column.hpp"

namespace millrace {

namespace {

constexpr const char* who = "target";

TableColumn& found(Table& table, const std::string& name) {
  return table.columns[&table.column(name) - table.columns.data()];
}

float& cell(Table& table, std::int64_t row, const TableColumn& column) { return table.values.row(row)[column.place]; }

// Replaces each value by what `code` makes of it; missing ones stay.
template <class Code>
void recode(Table& table, const TableColumn& column, const Code& code) {
  Pass pass(storage_of(table));
  for (std::int64_t r = 0; r < table.rows; ++r) {
    pass.over(row_bytes(table));
    float& value = cell(table, r, column);
    if (!std::isnan(value)) value = code(r, value);
  }
}

// The number of a row: of a column of numbers, or of its level; minus 0 is 0.
class RowNumbers {
 public:
  RowNumbers(const Table& table, const TableColumn& column) : table_(table), column_(column) {
    for (const std::string& level : column.levels) of_levels_.push_back(parse_number(level).value_or(std::nan("")));
  }
  [[nodiscard]] double operator()(std::int64_t row, float value) const {
    if (column_.kind == ColumnKind::number) return number_at(table_, column_, row) + 0.0;
    return of_levels_[static_cast<std::int64_t>(value)] + 0.0;
  }

 private:
  const Table& table_;
  const TableColumn& column_;
  std::vector<double> of_levels_;
};

[[noreturn]] void fail_class(const Table& table, const TableColumn& column, std::int64_t row, const std::string& text,
                             const std::vector<std::string>& classes) {
  fail(ErrorKind::data, who,
       "column " + excerpt(column.name) + " of row " + std::to_string(row + 1) + " of " + table.source + " is " +
           excerpt(text) + ", expected one of the classes: " + some_names(classes));
}

void order_classes(Table& table, TableColumn& column, const std::vector<std::string>& classes) {
  require_distinct(classes, who);
  const ClassNames names(classes);
  std::vector<std::int64_t> places;
  for (const std::string& level : column.levels) places.push_back(names.index(level));
  recode(table, column, [&](std::int64_t row, float value) {
    const auto level = static_cast<std::int64_t>(value);
    if (places[level] < 0) fail_class(table, column, row, column.levels[level], classes);
    return static_cast<float>(places[level]);
  });
  column.levels = classes;
}

// What to type if few texts were meant as classes.
std::string layers_for_classes(const TableColumn& column) {
  const std::int64_t count = std::ssize(column.levels);
  if (count < 2 || count > few_classes || !column.obstacles.empty()) return "";
  return ", or for its " + std::to_string(count) + " classes a last layer that tells them apart: " +
         (count == 2 ? "--layers 64:relu,1:sigmoid --loss binary_crossentropy"
                     : "--layers 64:relu," + std::to_string(count) + ":softmax --loss sparse_categorical_crossentropy");
}

}  // namespace

void require_distinct(const std::vector<std::string>& classes, std::string_view who) {
  std::set<std::string_view> seen;
  for (const std::string& name : classes)
    if (!seen.insert(name).second)
      fail(ErrorKind::usage, who, "class " + excerpt(name) + " is given twice, expected classes that differ");
}

std::vector<std::string> numbered_classes(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t k = 0; k < count; ++k) names.push_back(std::to_string(k));
  return names;
}

void make_label(Table& table, const std::string& name, const std::vector<std::string>& classes) {
  TableColumn& column = found(table, name);
  if (column.kind == ColumnKind::date || column.kind == ColumnKind::ignored) {
    fail(ErrorKind::usage, who,
         "column " + excerpt(name) + " of " + table.source + " has the kind " + std::string(kind_name(column.kind)) +
             ", expected texts, booleans or numbers as classes");
  }
  if (column.kind == ColumnKind::number) make_label_of_numbers(table, name);
  column.kind = ColumnKind::label;
  if (!classes.empty()) order_classes(table, column, classes);
}

void require_classes(const Table& table, const std::string& name, const std::vector<std::string>& classes) {
  require_distinct(classes, who);
  const TableColumn& column = table.column(name);
  if (column.kind == ColumnKind::date || column.kind == ColumnKind::ignored) return;  // make_label() says why
  const ClassNames names(classes);
  std::vector<bool> known;
  for (const std::string& level : column.levels) known.push_back(names.index(level) >= 0);
  std::set<double> numbers;  // that are classes
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    const float value = table.values.row(row)[column.place];
    if (std::isnan(value)) continue;
    if (!known.empty()) {
      const auto level = static_cast<std::int64_t>(value);
      if (!known[level]) fail_class(table, column, row, column.levels[level], classes);
      continue;
    }
    const double number = number_at(table, column, row);
    if (numbers.contains(number)) continue;
    if (names.index(level_text(number)) < 0) fail_class(table, column, row, level_text(number), classes);
    numbers.insert(number);
  }
}

std::set<double> target_numbers(const Table& table, const std::string& name) {
  const TableColumn& column = table.column(name);
  const RowNumbers number(table, column);
  std::set<double> numbers;
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    const float value = table.values.row(row)[column.place];
    if (!std::isnan(value)) numbers.insert(number(row, value));
  }
  return numbers;
}

void make_label_of_numbers(Table& table, const std::string& name) {
  TableColumn& column = found(table, name);
  if (column.kind == ColumnKind::number && column.exact < 0 && has_large_numbers(table, column))
    fail(ErrorKind::data, who,
         "column " + excerpt(name) + " of " + table.source +
             " has numbers of 2^24 or more, which are rounded to fp32, expected exact ones as classes: name the column "
             "as the target when the table is read");
  const RowNumbers number(table, column);
  std::map<double, float> codes;
  std::vector<std::string> levels;
  for (const double each : target_numbers(table, name)) {
    if (is_merged(each)) fail_merged(table, column, who);
    codes.emplace(each, static_cast<float>(codes.size()));
    levels.push_back(level_text(each));
  }
  recode(table, column, [&](std::int64_t row, float value) { return codes.at(number(row, value)); });
  column.levels = std::move(levels);
  column.kind = ColumnKind::label;
  column.exact = -1;
  column.close.clear();
}

void make_number(Table& table, const std::string& name) {
  TableColumn& column = found(table, name);
  if (column.kind == ColumnKind::number) {
    if (!column.close.empty())
      fail(ErrorKind::data, who, "column " + excerpt(name) + " of " + table.source + " " + column.close);
    return;
  }
  const auto refuse = [&](const std::string& what) {
    fail(ErrorKind::data, who,
         "column " + excerpt(name) + " of " + table.source + " " + what + ", expected numbers as the target" +
             layers_for_classes(column));
  };
  if (column.kind == ColumnKind::date || column.kind == ColumnKind::ignored)
    refuse("has the kind " + std::string(kind_name(column.kind)));
  std::vector<double> numbers;
  for (const std::string& level : column.levels) numbers.push_back(parse_number(level).value_or(std::nan("")));
  recode(table, column, [&](std::int64_t row, float value) {
    const auto level = static_cast<std::int64_t>(value);
    if (std::isnan(numbers[level])) {
      refuse(column.obstacles.empty() ? "is " + excerpt(column.levels[level]) + " in row " + std::to_string(row + 1)
                                      : "is not numbers: " + column.obstacles[0]);
    }
    return static_cast<float>(numbers[level]);
  });
  column.kind = ColumnKind::number;
  column.levels.clear();
}

std::string marks_text(const TableColumn& column) {
  std::string text;
  for (const auto& [mark, cells] : column.marks) {
    const std::string count = text.empty() ? counted(cells, "cell says", "cells say")
                                           : ", " + std::to_string(cells) + (cells == 1 ? " says" : " say");
    text += count + " " + excerpt(mark);
  }
  return text;
}

std::vector<std::int64_t> rows_with(const Table& table, const std::vector<std::string>& names) {
  const std::vector<const TableColumn*> columns = columns_named(table, names);
  std::vector<std::int64_t> rows;
  Pass pass(storage_of(table));
  for (std::int64_t r = 0; r < table.rows; ++r) {
    pass.over(row_bytes(table));
    const bool whole = std::all_of(columns.begin(), columns.end(), [&](const TableColumn* column) {
      if (column->kind == ColumnKind::ignored) return true;
      return !std::isnan(column->kind == ColumnKind::date ? table.dates[column->place][r]
                                                          : double{table.values.row(r)[column->place]});
    });
    if (whole) rows.push_back(r);
  }
  return rows;
}

void rename_targets(Table& table, const std::vector<std::string>& from, const std::vector<std::string>& to) {
  for (TableColumn& column : table.columns) {
    const auto place = std::ranges::find(from, column.name) - from.begin();
    if (place < std::min(std::ssize(from), std::ssize(to))) column.name = to[place];
  }
}

std::int64_t keep_rows_with(Table& table, const std::vector<std::string>& names, std::string_view caller) {
  const std::vector<std::int64_t> rows = rows_with(table, names);
  const std::int64_t missing = table.rows - std::ssize(rows);
  if (rows.empty())
    fail(ErrorKind::data, caller,
         "column " + excerpt(names.at(0)) + " of " + table.source + " has no value in any row, expected a target");
  if (missing > 0) table = select_rows(table, rows);
  return missing;
}

std::vector<std::string> classes_of_labels(const Dataset& data) {
  NumberClasses classes;
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    if (!classes.add(*data.targets.row(data.table_row(r)))) return {};
  }
  std::vector<std::string> names;
  if (!classes.found()) return {};
  constexpr double least_rounded = 1 << 24;
  for (const auto& [label, rows] : classes.counts()) {
    if (std::abs(label) >= least_rounded)
      fail(ErrorKind::data, who,
           data.source + " has labels such as " + level_text(label) +
               ", and fp32 rounds whole numbers from 2^24 on, expected smaller ones as classes; --loss "
               "mean_squared_error takes them as numbers");
    names.push_back(level_text(label));
  }
  return names;
}

namespace {

// The columns side by side: a view of the table's own memory if they may and do lie so there, else a copy.
MatrixView columns_of(const Table& table, const std::vector<const TableColumn*>& columns, Dataset& data,
                      bool together = true) {
  const auto width = std::ssize(columns);
  for (std::int64_t c = 1; c < width; ++c) together &= columns[c]->place == columns[0]->place + c;
  if (together) return {table.values.row(0) + columns[0]->place, table.rows, width, table.values.columns()};
  Matrix copy = unfilled_matrix(table.rows, width, storage_of(table));
  Pass pass(storage_of(table));
  for (std::int64_t r = 0; r < table.rows; ++r) {
    pass.over(2 * row_bytes(table));
    for (std::int64_t c = 0; c < width; ++c) copy.row(r)[c] = table.values.row(r)[columns[c]->place];
  }
  data.owners.push_back(copy.owner());
  return copy.view();
}

}  // namespace

Dataset as_matrix(const Table& table, const MatrixColumns& columns) {
  const auto named = [&](const std::vector<std::string>& names) {
    std::vector<const TableColumn*> list = columns_named(table, names);
    for (const TableColumn* const column : list) {
      if (std::ranges::count(table.columns, column->name, &TableColumn::name) > 1)
        fail(ErrorKind::data, "matrix",
             table.source + " has several columns named " + excerpt(column->name) +
                 ", expected names that differ: rename all but the one that is meant");
      if (column->kind == ColumnKind::date || column->kind == ColumnKind::ignored)
        fail(ErrorKind::usage, "matrix", "column " + excerpt(column->name) + " is not numbers, expected numbers");
    }
    return list;
  };
  Dataset data;
  data.source = table.source;
  data.owners.push_back(table.values.owner());
  data.features = columns_of(table, named(columns.features), data);
  data.feature_names = columns.features;
  if (!columns.target.empty()) {
    const std::vector<const TableColumn*> targets = named(columns.target);
    // Targets are looked at alone and often: from a storage they are taken out.
    data.targets = columns_of(table, targets, data, !storage_of(table));
    data.target_names = columns.target;
    if (targets.size() == 1 && targets[0]->kind == ColumnKind::label) data.classes = targets[0]->levels;
  }
  if (!columns.weight.empty()) {
    const TableColumn& weight = *named({columns.weight})[0];
    Pass pass(storage_of(table));
    for (std::int64_t r = 0; r < table.rows; ++r) {
      pass.over(row_bytes(table));
      data.weights.push_back(table.values.row(r)[weight.place]);
    }
  }
  return data;
}

}  // namespace millrace
