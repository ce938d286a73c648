// SPDX-License-Identifier: Apache-2.0
#include "millrace/importance.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/moments.hpp"
#include "base/names.hpp"
#include "base/random.hpp"
#include "millrace/targets.hpp"
#include "model/keep_features.hpp"
#include "run/epoch_values.hpp"

namespace millrace {

namespace {

// 1 if a larger value is worse, -1 if it is better. `measured` has all values that the model is evaluated by.
double direction(const Model& model, const std::string& value, const Evaluation& measured) {
  std::vector<std::string_view> known{"loss"};
  for (const NamedValue& each : measured.metrics) known.emplace_back(each.name);
  if (!contains(known, value)) fail(ErrorKind::usage, "importance", unknown_name("value", value, known));
  return larger_is_better_in(value, model.compiled()) ? -1 : 1;
}

std::vector<std::int64_t> shuffled_rows(std::int64_t rows, const ImportanceOptions& options, std::int64_t draw) {
  std::vector<std::int64_t> order(rows);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  shuffle(order, Random(options.seed, RandomStream::split, draw));
  return order;
}

// with(column, order): the value of the rows with the cells of a column in another order.
std::vector<ColumnImportance> measure(const std::vector<std::string>& names, std::int64_t rows, double direction,
                                      double value, const ImportanceOptions& options,
                                      const std::function<double(std::int64_t, std::span<const std::int64_t>)>& with) {
  if (options.repeats < 1)
    fail(ErrorKind::usage, "importance", std::to_string(options.repeats) + " repeats, expected 1 or more");
  std::vector<ColumnImportance> columns;
  for (std::int64_t c = 0; c < std::ssize(names); ++c) {
    std::vector<double> worse;
    for (std::int64_t repeat = 0; repeat < options.repeats; ++repeat)
      worse.push_back(direction * (with(c, shuffled_rows(rows, options, repeat)) - value));
    const Moments found = moments_of(worse);
    columns.push_back({names[c], found.mean, found.deviation});
  }
  std::stable_sort(columns.begin(), columns.end(), [](auto& a, auto& b) { return a.worse > b.worse; });
  return columns;
}

Matrix copy_of(const MatrixView& view) {
  Matrix copy(view.rows, view.columns);
  for (std::int64_t r = 0; r < view.rows; ++r) std::copy_n(view.row(r), view.columns, copy.row(r));
  return copy;
}

// evaluated(rows): the values of a table's rows.
std::vector<ColumnImportance> measure_table(const Model& model, const Table& table, const ImportanceOptions& options,
                                            const std::function<Evaluation(const Table&)>& evaluated) {
  std::vector<std::string> names;
  for (const TableColumn& column : model.table_columns()) names.push_back(column.name);
  const Evaluation before = evaluated(table);
  const double better = direction(model, options.value, before), value = before[options.value];
  Table moved = table;
  moved.values = copy_of(table.values.view());
  return measure(names, table.rows, better, value, options, [&](std::int64_t c, std::span<const std::int64_t> order) {
    const TableColumn& column = table.column(names[c]);
    const bool is_date = column.kind == ColumnKind::date;
    for (std::int64_t r = 0; r < table.rows; ++r) {
      if (is_date)
        moved.dates[column.place][r] = table.dates[column.place][order[r]];
      else
        moved.values.row(r)[column.place] = table.values.row(order[r])[column.place];
    }
    const double result = evaluated(moved)[options.value];
    if (is_date) moved.dates[column.place] = table.dates[column.place];
    for (std::int64_t r = 0; r < table.rows && !is_date; ++r)
      moved.values.row(r)[column.place] = table.values.row(r)[column.place];
    return result;
  });
}

}  // namespace

std::vector<ColumnImportance> permutation_importance(const Model& model, const Table& table,
                                                     const ImportanceOptions& options) {
  return measure_table(model, table, options, [&](const Table& rows) {
    Dataset data = model.prepared(rows, options.threads);
    fit_targets(data, model);
    return model.evaluate(data, options.threads);
  });
}

std::vector<ColumnImportance> permutation_importance(const Model& model, const Table& table, const Dataset& targets,
                                                     const ImportanceOptions& options) {
  if (table.rows != targets.rows())
    fail(ErrorKind::usage, "importance",
         "the table has " + counted(table.rows, "row") + " and the targets " + std::to_string(targets.rows()) +
             ", expected the same number");
  Dataset rows_of_targets = targets;
  Table features = table;
  keep_features(features, model);
  return measure_table(model, features, options, [&](const Table& rows) {
    const Dataset prepared = model.prepared(rows, options.threads);
    rows_of_targets.features = prepared.features;
    return model.evaluate(rows_of_targets, options.threads);
  });
}

std::vector<ColumnImportance> permutation_importance(const Model& model, const Dataset& data,
                                                     const ImportanceOptions& options) {
  std::vector<std::string> names = data.feature_names;
  for (std::int64_t c = std::ssize(names); c < data.features.columns; ++c) names.push_back(std::to_string(c + 1));
  const Evaluation before = model.evaluate(data, options.threads);
  const double better = direction(model, options.value, before), value = before[options.value];
  Matrix features = copy_of(data.features);
  Dataset moved = data;
  moved.features = features.view();
  return measure(names, data.rows(), better, value, options, [&](std::int64_t c, std::span<const std::int64_t> order) {
    for (std::int64_t r = 0; r < data.rows(); ++r)
      features.row(data.table_row(r))[c] = data.features.row(data.table_row(order[r]))[c];
    const double result = model.evaluate(moved, options.threads)[options.value];
    for (std::int64_t r = 0; r < data.rows(); ++r)
      features.row(data.table_row(r))[c] = data.features.row(data.table_row(r))[c];
    return result;
  });
}

}  // namespace millrace
