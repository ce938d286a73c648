// SPDX-License-Identifier: Apache-2.0
//
// Tables with columns of several kinds: their preparation, predictions from raw cells, and an epoch beside the same epoch
// on a matrix that was prepared beforehand.
#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "harness/benchmark.hpp"
#include "millrace/millrace.hpp"

namespace millrace::bench {

namespace {

constexpr std::int64_t numbers = 8, categories = 8, booleans = 2, dates = 2, columns = 20;

std::string level_name(std::int64_t level) { return "level " + std::to_string(level); }

// 20 columns and a target. Half of the categories have 5 levels, half 50; a twentieth of the cells is missing.
Table mixed_table(std::int64_t rows) {
  Table table;
  table.rows = rows;
  table.source = "mixed";
  Random random(11, RandomStream::noise);
  std::int64_t place = 0;
  const auto add = [&](const std::string& name, ColumnKind kind, std::vector<std::string> levels) {
    const bool date = kind == ColumnKind::date;
    table.columns.push_back({.name = name + std::to_string(table.columns.size()),
                             .kind = kind,
                             .place = date ? std::ssize(table.dates) : place++,
                             .missing = 0,
                             .levels = std::move(levels),
                             .obstacles = {}});
    if (date) table.dates.emplace_back(rows);
  };
  for (std::int64_t i = 0; i < numbers; ++i) add("number", ColumnKind::number, {});
  for (std::int64_t i = 0; i < categories; ++i) {
    std::vector<std::string> levels;
    for (std::int64_t level = 0; level < (i % 2 == 0 ? 5 : 50); ++level) levels.push_back(level_name(level));
    std::ranges::sort(levels);
    add("category", ColumnKind::category, std::move(levels));
  }
  for (std::int64_t i = 0; i < booleans; ++i) add("boolean", ColumnKind::boolean, {"no", "yes"});
  for (std::int64_t i = 0; i < dates; ++i) add("date", ColumnKind::date, {});
  add("target", ColumnKind::number, {});
  table.values = Matrix(rows, place);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (const TableColumn& column : table.columns) {
      const bool target = column.name.starts_with("target"), missing = !target && random.below(20) == 0;
      if (column.kind == ColumnKind::date) {
        table.dates[column.place][row] = missing ? std::nan("") : 1.7e9 + static_cast<double>(random.below(30'000'000));
      } else {
        const double drawn =
            column.levels.empty() ? random.normal() : static_cast<double>(random.below(column.levels.size()));
        table.values.row(row)[column.place] = missing ? std::nanf("") : static_cast<float>(drawn);
      }
    }
  }
  return table;
}

Model trained_on(const Table& table) {
  Model model{Dense{.units = 64, .activation = "relu"}, Dense{.units = 32, .activation = "relu"}, Dense{.units = 1}};
  model.prepare(table, {.target = {table.columns.back().name}});
  model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  model.fit(model.prepared(table), {.epochs = 1, .batch_size = 256});
  return model;
}

// The cells of a row, as a server has them.
std::vector<Cell> cells_of(const Table& table, std::int64_t row) {
  std::vector<Cell> cells;
  for (std::int64_t c = 0; c < columns; ++c) {
    const TableColumn& column = table.columns[c];
    const bool date = column.kind == ColumnKind::date;
    const double value =
        date ? table.dates[column.place][row] : static_cast<double>(table.values.row(row)[column.place]);
    if (std::isnan(value))
      cells.emplace_back();
    else if (column.levels.empty())
      cells.emplace_back(value);
    else
      cells.emplace_back(std::string_view(column.levels[static_cast<std::int64_t>(value)]));
  }
  return cells;
}

void predict_row(benchmark::State& state) {
  static const Table table = mixed_table(4096);  // made once for all repetitions
  static const Model model = trained_on(table);
  std::vector<std::vector<Cell>> rows;
  for (std::int64_t row = 0; row < 256; ++row) rows.push_back(cells_of(table, row));
  if (answer_wanted()) {
    const Matrix wanted = model.predict(table, 1);
    for (std::int64_t row = 0; row < 256; ++row)
      expect(*model.predict(rows[row]).row(0) == *wanted.row(row), "cells and table give different predictions");
  }
  std::int64_t row = 0;
  measure(state, [&] { benchmark::DoNotOptimize(model.predict(rows[row++ % 256])); });
  report_rows(state, 1);
}

void prepare_rows(benchmark::State& state, std::int64_t rows, int threads) {
  const Table table = mixed_table(rows);
  const Model model = trained_on(table);
  measure(state, [&] { benchmark::DoNotOptimize(model.prepared(table, threads)); });
  report_rows(state, table.rows);
}

void fit_rows(benchmark::State& state, std::int64_t rows, int threads) {
  const Table table = mixed_table(rows);
  measure(state, [&] {
    Model model{Dense{.units = 1}};
    benchmark::DoNotOptimize(model.prepare(table, {.target = {table.columns.back().name}, .threads = threads}));
  });
  report_rows(state, table.rows);
}

// More columns than rows, as measurements of genes have: nothing may look at all columns for each of them.
void prepare_wide_rows(benchmark::State& state) {
  constexpr std::int64_t wide = 20'000;
  Random random(12, RandomStream::noise);
  Table table;
  table.rows = 50;
  table.source = "wide";
  table.values = Matrix(table.rows, wide);
  for (std::int64_t c = 0; c < wide; ++c)
    table.columns.push_back({.name = "gene" + std::to_string(c),
                             .kind = ColumnKind::number,
                             .place = c,
                             .missing = 0,
                             .levels = {},
                             .obstacles = {}});
  for (std::int64_t row = 0; row < table.rows; ++row)
    std::generate_n(table.values.row(row), wide, [&] { return static_cast<float>(random.normal()); });
  const Model model = trained_on(table);
  measure(state, [&] { benchmark::DoNotOptimize(model.prepared(table, 1)); });
  report_rows(state, table.rows);
}

// An epoch of a table, or of the matrix that its preparation makes, with the same network.
void epoch(benchmark::State& state, bool hides) {
  const Table table = mixed_table(20'000);
  Model model{Dense{.units = 64, .activation = "relu"}, Dense{.units = 32, .activation = "relu"}, Dense{.units = 1}};
  model.prepare(table, {.target = {table.columns.back().name}, .hidden_categories = hides ? 0.01 : 0});
  model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  const Dataset data = model.prepared(table);
  constexpr int epochs = 10;
  measure(state,
          [&] { benchmark::DoNotOptimize(model.fit(data, {.epochs = epochs, .batch_size = 256, .threads = 1})); });
  report_rows(state, table.rows * epochs);
}

const Group tables([] {
  add("tables/predict/cells", predict_row);
  for (const Threads& threads : thread_counts()) {
    add("tables/prepare/" + threads.name,
        [&threads](benchmark::State& state) { prepare_rows(state, 100'000, threads.count); });
    add("tables/fit/" + threads.name, [&threads](benchmark::State& state) { fit_rows(state, 100'000, threads.count); });
  }
  // Short enough for the gate.
  add("tables/prepare/2000", [](benchmark::State& state) { prepare_rows(state, 2000, 1); });
  add("tables/fit/2000", [](benchmark::State& state) { fit_rows(state, 2000, 1); });
  add("tables/prepare/wide", prepare_wide_rows);
  add("tables/epochs/hidden", [](benchmark::State& state) { epoch(state, true); });
  add("tables/epochs/matrix", [](benchmark::State& state) { epoch(state, false); });
});

}  // namespace

}  // namespace millrace::bench
