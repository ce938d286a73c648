// SPDX-License-Identifier: Apache-2.0
#include "table/checks.hpp"

#include "base/fail.hpp"
#include "table/storage/stored.hpp"

#include <algorithm>
#include <cmath>

#include "base/excerpt.hpp"
#include "base/finite.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace millrace {

namespace {

void check_view(const MatrixView& view, const char* what, std::string_view who) {
  if (view.rows < 0 || view.columns < 1 || view.stride < view.columns || view.data == nullptr) {
    fail(ErrorKind::usage, who,
         std::string("the ") + what + " are " + std::to_string(view.rows) + "x" + std::to_string(view.columns) +
             ", rows " + std::to_string(view.stride) + " apart" + (view.data == nullptr ? ", of no array" : "") +
             ", expected one column or more, and rows at least as far apart");
  }
}

// Checkpoints and exported models are UTF-8.
void check_text(const std::vector<std::string>& names, const std::string& what, std::string_view who) {
  for (std::size_t i = 0; i < names.size(); ++i)
    require_utf8(names[i], who, "the name of " + what + " " + std::to_string(i + 1));
}

void check_names(const std::vector<std::string>& names, std::int64_t columns, const char* what, std::string_view who) {
  if (!names.empty() && std::ssize(names) != columns) {
    fail(ErrorKind::usage, who,
         std::to_string(names.size()) + " names of " + std::to_string(columns) + " " + what +
             " columns, expected one each, or none");
  }
  check_text(names, std::string(what) + " column", who);
}

}  // namespace

void check_table(const Table& table, std::string_view who) {
  const auto refuse = [&](const std::string& text) { fail(ErrorKind::usage, who, table.source + ": " + text); };
  if (table.rows < 0 || (table.values.columns() > 0 && table.values.rows() != table.rows))
    refuse("the table has " + counted(table.rows, "row") + ", and values of " + std::to_string(table.values.rows()) +
           ", expected the same number");
  for (const TableColumn& column : table.columns) {
    if (column.kind == ColumnKind::ignored) continue;
    const bool is_date = column.kind == ColumnKind::date;
    const std::int64_t places = is_date ? std::ssize(table.dates) : table.values.columns();
    const std::string name = "column " + excerpt(column.name);
    if (column.place < 0 || column.place >= places)
      refuse(name + " has place " + std::to_string(column.place) + ", and the table has " + std::to_string(places) +
             (is_date ? " columns of dates" : " columns of values") + ", expected a place below that");
    if (is_date && std::ssize(table.dates[column.place]) != table.rows)
      refuse(name + " has " + std::to_string(table.dates[column.place].size()) + " dates, expected " +
             std::to_string(table.rows) + ", one a row");
  }
}

void fail_cell(const Table& table, const TableColumn& column, std::int64_t row, double value) {
  fail(ErrorKind::data, table.source,
       "column " + excerpt(column.name) + ", row " + std::to_string(row + 1) + ": " + number_text(value) +
           (!column.levels.empty() ? " is no index of one of the " + std::to_string(column.levels.size()) + " levels"
                                   : " is not a finite number of fp32") +
           ", expected one, or a missing value");
}

bool has_target_0(const Dataset& data, std::int64_t column) {
  for (std::int64_t r = 0; r < data.rows(); ++r)
    if (data.targets.row(data.table_row(r))[column] == 0) return true;
  return false;
}

std::string place_of_row(const Dataset& data, std::int64_t table_row) {
  return "row " + std::to_string(table_row + 1) + " of " + (data.source.empty() ? "the data" : data.source);
}

std::string feature_name(const Dataset& data, std::int64_t column) {
  return column < std::ssize(data.feature_names) ? "'" + data.feature_names[static_cast<std::size_t>(column)] + "'"
                                                 : std::to_string(column + 1);
}

void check_extents(const Dataset& data, std::string_view who) {
  if (data.rows() == 0) fail(ErrorKind::data, who, "no rows, expected at least one");
  check_view(data.features, "features", who);
  check_names(data.feature_names, data.features.columns, "feature", who);
  check_text(data.classes, "class", who);
  if (data.targets.rows != 0) {
    check_view(data.targets, "targets", who);
    // A label is one column with a name, even if each class has a column of its own.
    const bool label = !data.classes.empty() && data.target_names.size() == 1;
    check_names(data.target_names, label ? 1 : data.targets.columns, "target", who);
    if (data.targets.rows != data.features.rows) {
      fail(ErrorKind::usage, who,
           counted(data.targets.rows, "row") + " of targets for " + counted(data.features.rows, "row") +
               " of features, expected the same number");
    }
  }
  for (const std::int64_t row : data.selection) {
    if (row < 0 || row >= data.features.rows) {
      fail(ErrorKind::usage, who,
           "row number " + std::to_string(row) + " is selected of a table of " + counted(data.features.rows, "row") +
               ", expected 0 to " + std::to_string(data.features.rows - 1));
    }
  }
}

void check_row_weights(const Dataset& data, std::string_view who) {
  if (data.weights.empty()) return;
  if (static_cast<std::int64_t>(data.weights.size()) != data.features.rows) {
    fail(ErrorKind::usage, who,
         std::to_string(data.weights.size()) + " row weights for " + counted(data.features.rows, "row") +
             ", expected one a row");
  }
  bool any = false;
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const std::int64_t row = data.table_row(r);
    const float weight = data.weights[static_cast<std::size_t>(row)];
    if (!std::isfinite(weight) || weight < 0) {
      fail(ErrorKind::data, who,
           "the weight of " + place_of_row(data, row) + " is " +
               (std::isnan(weight) ? "missing" : number_text(weight)) + ", expected a number of 0 or more");
    }
    any |= weight > 0;
  }
  if (!any) fail(ErrorKind::data, who, "every row weighs 0, expected one that counts");
}

bool has_finite_features(const Dataset& data, IndexRange rows) {
  const MatrixView& features = data.features;
  if (data.selection.empty() && features.stride == features.columns)
    return all_finite(features.row(rows.begin), rows.size() * features.columns);
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    if (!all_finite(features.row(data.table_row(r)), features.columns)) return false;
  }
  return true;
}

void check_finite_features(const Dataset& data, std::string_view who) {
  Pass pass(storage_of(data));
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    pass.over(data.features.stride * std::int64_t{sizeof(float)});
    if (has_finite_features(data, {r, r + 1})) continue;
    const std::int64_t row = data.table_row(r);
    const float* const features = data.features.row(row);
    const float* const found =
        std::find_if(features, features + data.features.columns, [](float x) { return !std::isfinite(x); });
    fail(ErrorKind::data, who,
         "column " + feature_name(data, found - features) + " of " + place_of_row(data, row) + " is " +
             number_text(*found) + ", expected a finite number");
  }
}

}  // namespace millrace
