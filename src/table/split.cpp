// SPDX-License-Identifier: Apache-2.0
#include "millrace/split.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <unordered_map>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "table/row_split.hpp"
#include "table/storage/stored.hpp"
#include "table/target.hpp"
#include "table/value.hpp"

namespace millrace {

namespace {

using Rows = std::vector<std::int64_t>;

// The index of each row's class, in the order in which classes first appear. All 0 if the targets are no classes: there
// are none, or too many different ones.
Rows classes_of(const Dataset& data) {
  const std::int64_t rows = data.rows(), width = data.targets.columns;
  Rows classes(rows);
  if (data.targets.rows == 0) return classes;
  std::unordered_map<std::string, std::int64_t> known;
  std::string key(width * sizeof(float), '\0');
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const target = data.targets.row(data.table_row(r));
    for (std::int64_t c = 0; c < width; ++c) {
      const float value = target[c] + 0.0F;  // -0 becomes 0: equal targets have equal bytes
      std::memcpy(key.data() + c * sizeof(float), &value, sizeof value);
    }
    classes[r] = known.emplace(key, std::ssize(known)).first->second;
    if (std::ssize(known) > most_classes(rows)) return Rows(rows);
  }
  return classes;
}

const TableColumn& split_column(const Table& table, const std::string& name, const char* way) {
  if (name.empty()) fail(ErrorKind::usage, "split", std::string("no column, expected the one to split by ") + way);
  const TableColumn& column = table.column(name);
  if (column.kind == ColumnKind::ignored)
    fail(ErrorKind::usage, "split",
         "column " + excerpt(name) + " of " + table.source + " is ignored, expected a column that is read");
  return column;
}

// A column's values, NaN where missing.
std::vector<double> values_of(const Table& table, const TableColumn& column) {
  std::vector<double> values(table.rows);
  Pass pass(storage_of(table));
  for (std::int64_t r = 0; r < table.rows; ++r) {
    pass.over(row_bytes(table));
    values[r] = value_at(table, column, r);
  }
  return values;
}

Rows classes_of(const Table& table, const std::string& target) {
  if (target.empty()) return Rows(table.rows);
  std::vector<double> values = values_of(table, split_column(table, target, "class"));
  // Rows without a target are one class.
  for (double& value : values) value = std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
  Rows classes = indices_of(values);
  const bool measured =
      !classes.empty() && *std::max_element(classes.begin(), classes.end()) >= most_classes(table.rows);
  return measured ? Rows(table.rows) : classes;
}

std::vector<double> times_of(const Table& table, const std::string& name) {
  const TableColumn& column = split_column(table, name, "time");
  if (column.kind != ColumnKind::date && column.kind != ColumnKind::number) {
    fail(ErrorKind::usage, "split",
         "column " + excerpt(name) + " of " + table.source + " is a " + std::string(kind_name(column.kind)) +
             ", expected dates or numbers to order the rows by");
  }
  std::vector<double> times = values_of(table, column);
  const auto bad = std::find_if(times.begin(), times.end(), [](double time) { return std::isnan(time); });
  if (bad != times.end()) {
    fail(ErrorKind::data, "split",
         "column " + excerpt(name) + " of " + table.source + " has " + counted(column.missing, "row") +
             " without a time, the first is row " + std::to_string(bad - times.begin() + 1) +
             ", expected a time in each row to order them by");
  }
  return times;
}

void check_rows(std::span<const std::int64_t> rows, std::int64_t count) {
  for (const std::int64_t row : rows) {
    if (row >= 0 && row < count) continue;
    fail(ErrorKind::usage, "select_rows",
         "row number " + std::to_string(row) + " of " + counted(count, "row") + ", expected 0 to " +
             std::to_string(count - 1));
  }
}

Split split_data(const Dataset& data, const SplitOptions& options) {
  const RowSplit rows = split_rows(data, options);
  if (options.fraction == 0) return {data, {}};
  return {select_rows(data, rows.train), select_rows(data, rows.validation)};
}

void check_parts(std::int64_t rows, SplitWay way, std::int64_t parts) {
  constexpr std::int64_t most_parts = 100;
  if (way == SplitWay::last || way == SplitWay::time)
    fail(ErrorKind::usage, "split",
         std::string(way == SplitWay::last ? "last" : "time") +
             " holds out one part of the rows, expected stratified, random or group for several parts");
  if (parts < 2 || parts > most_parts)
    fail(ErrorKind::usage, "split",
         counted(parts, "part") + " of the rows, expected 2 to " + std::to_string(most_parts));
  if (parts > rows)
    fail(ErrorKind::usage, "split",
         std::to_string(parts) + " parts of " + counted(rows, "row") +
             ", expected a row for each part: " + counted(parts, "row") + " or more, or fewer parts");
}

[[noreturn]] void refuse_columns(const Dataset& data) {
  fail(ErrorKind::usage, "split",
       (data.source.empty() ? "the data set" : data.source) +
           " has features and targets only, expected a table with a column of groups or times");
}

}  // namespace

RowSplit split_rows(const Table& table, const SplitOptions& options) {
  check_split(table.rows, options.fraction);
  switch (options.way) {
    case SplitWay::last:
      return last_rows(table.rows, options.fraction);
    case SplitWay::random:
      return stratified_rows(Rows(table.rows), options.fraction, options.seed);
    case SplitWay::stratified:
      return stratified_rows(classes_of(table, options.target), options.fraction, options.seed);
    case SplitWay::group:
      return grouped_rows(indices_of(values_of(table, split_column(table, options.column, "group"))), options.fraction,
                          options.seed);
    case SplitWay::time:
      return timed_rows(times_of(table, options.column), options.fraction);
  }
  fail(ErrorKind::internal, "split", "unknown way to split");
}

RowSplit split_rows(const Dataset& data, const SplitOptions& options) {
  check_split(data.rows(), options.fraction);
  switch (options.way) {
    case SplitWay::last:
      return last_rows(data.rows(), options.fraction);
    case SplitWay::random:
      return stratified_rows(Rows(data.rows()), options.fraction, options.seed);
    case SplitWay::stratified:
      return stratified_rows(classes_of(data), options.fraction, options.seed);
    case SplitWay::group:
    case SplitWay::time:
      break;
  }
  refuse_columns(data);
}

std::vector<std::uint8_t> fold_rows(const Table& table, const SplitOptions& options, std::int64_t parts) {
  check_parts(table.rows, options.way, parts);
  if (options.way == SplitWay::group)
    return grouped_parts(indices_of(values_of(table, split_column(table, options.column, "group"))), parts,
                         options.seed);
  const bool stratified = options.way == SplitWay::stratified;
  return stratified_parts(stratified ? classes_of(table, options.target) : Rows(table.rows), parts, options.seed);
}

std::vector<std::uint8_t> fold_rows(const Dataset& data, const SplitOptions& options, std::int64_t parts) {
  check_parts(data.rows(), options.way, parts);
  if (options.way == SplitWay::group) refuse_columns(data);
  const std::vector<std::uint8_t> part =
      stratified_parts(options.way == SplitWay::stratified ? classes_of(data) : Rows(data.rows()), parts, options.seed);
  std::vector<std::uint8_t> folds(data.features.rows);
  for (std::int64_t r = 0; r < data.rows(); ++r) folds[data.table_row(r)] = part[r];
  return folds;
}

Table select_rows(const Table& table, std::span<const std::int64_t> rows) {
  check_rows(rows, table.rows);
  Table part{.columns = table.columns, .values = {}, .dates = {}, .source = table.source, .rows = std::ssize(rows)};
  const std::int64_t width = table.values.columns();
  part.values = unfilled_matrix(part.rows, width, storage_of(table));
  Pass pass(storage_of(table));
  for (std::int64_t r = 0; r < part.rows; ++r) {
    pass.over(2 * width * std::int64_t{sizeof(float)});
    std::copy_n(table.values.row(rows[r]), width, part.values.row(r));
  }
  for (const std::vector<double>& dates : table.dates) {
    std::vector<double>& selected = part.dates.emplace_back();
    for (const std::int64_t row : rows) selected.push_back(dates[row]);
  }
  for (TableColumn& column : part.columns) {
    if (column.kind == ColumnKind::ignored || column.missing == 0) continue;
    const std::vector<double> values = values_of(part, column);
    column.missing = std::count_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  }
  return part;
}

Dataset select_rows(const Dataset& data, std::span<const std::int64_t> rows) {
  check_rows(rows, data.rows());
  // An empty selection stands for all rows.
  if (rows.empty()) fail(ErrorKind::usage, "select_rows", "no row numbers, expected one or more");
  Dataset part = data;
  part.selection.resize(rows.size());
  std::transform(rows.begin(), rows.end(), part.selection.begin(), [&](std::int64_t r) { return data.table_row(r); });
  return part;
}

Split split_last(const Dataset& data, double fraction) {
  return split_data(data, {.way = SplitWay::last, .fraction = fraction});
}

Split split_stratified(const Dataset& data, double fraction, std::uint64_t seed) {
  return split_data(data, {.way = SplitWay::stratified, .fraction = fraction, .seed = seed});
}

}  // namespace millrace
