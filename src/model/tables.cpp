// SPDX-License-Identifier: Apache-2.0
//
// The public Model on tables: their preparation, and predictions from raw cells.
#include <algorithm>
#include <cmath>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "model/state.hpp"
#include "model/table_front.hpp"
#include "prepare/going_on.hpp"
#include "step/loss_inputs.hpp"
#include "table/checks.hpp"
#include "table/kinds/dates.hpp"

namespace millrace {

namespace {

[[noreturn]] void refuse(const PreparedColumn& column, std::int64_t row, const std::string& what) {
  fail(ErrorKind::data, "predict",
       "column " + excerpt(column.name()) + ", row " + std::to_string(row + 1) + ": " + what);
}

[[noreturn]] void refuse_kind(const PreparedColumn& column, std::int64_t row, const std::string& shown) {
  refuse(column, row, shown + " is not a " + std::string(kind_name(column.kind())) + ", expected one as in training");
}

double value_of(const PreparedColumn& column, double number, std::int64_t row) {
  if (std::isnan(number)) return number;
  if (std::isfinite(static_cast<float>(number))) {
    if (const std::optional<double> value = column.value(number)) return *value;
  }
  refuse_kind(column, row, number_text(number));
}

double value_of(const PreparedColumn& column, std::string_view cell, std::int64_t row) {
  const std::string_view text = trim(cell);  // as a table's cell
  if (text.empty()) return std::nan("");
  if (const std::optional<double> value = column.value(text)) return *value;
  if (column.kind() == ColumnKind::date && !column.date_order() && depends_on_order(text))
    refuse(column, row,
           excerpt(text) +
               " has the month or the day first, and no date of training shows which, expected the year "
               "first: 2024-05-31");
  refuse_kind(column, row, excerpt(text));
}

double value_of(const PreparedColumn& column, const Cell& cell, std::int64_t row) {
  if (const double* const number = std::get_if<double>(&cell)) return value_of(column, *number, row);
  if (const std::string_view* const text = std::get_if<std::string_view>(&cell)) return value_of(column, *text, row);
  return std::nan("");
}

}  // namespace

std::vector<ColumnNote> Model::prepare(const Table& table, const PrepareOptions& options,
                                       std::span<const std::int64_t> training, const Model* earlier) {
  const Gate::Writing writing(state_->gate, "prepare");
  State& state = *state_;
  if (state.network || state.card.table)
    fail(ErrorKind::usage, "prepare",
         "the model is built or prepared already, expected prepare(table) once, before build() and fit()");
  for (const std::int64_t row : training) {
    if (row < 0 || row >= table.rows)
      fail(ErrorKind::usage, "prepare",
           "row " + std::to_string(row) + " for training, expected 0 to " + std::to_string(table.rows - 1));
  }
  std::shared_ptr<const TablePreparation> kept;
  if (earlier != nullptr) {
    const Gate::Reading seat(earlier->state_->gate, "prepare");
    kept = earlier->state_->card.table;
  }
  const auto fitted = [&](const TablePreparation* before) {
    return std::make_shared<const TablePreparation>(TablePreparation::fit(table, training, options, before));
  };
  std::shared_ptr<const TablePreparation> preparation = fitted(kept.get());
  std::vector<ColumnNote> notes = preparation->notes();
  if (kept && goes_on(*kept, *preparation, table, options)) {
    std::ranges::move(what_is_new(*kept, *preparation, table), std::back_inserter(notes));
    preparation = kept;
  } else if (kept) {
    preparation = fitted(nullptr);
    notes = preparation->notes();
  }
  add_table_front(state.card, *preparation);
  state.card.target_classes = preparation->roles().target_classes;
  state.card.table = std::move(preparation);
  return notes;
}

Model& Model::keep_preparation(const Model& other) {
  const Gate::Writing writing(state_->gate, "keep_preparation");
  const Gate::Reading seat(other.state_->gate, "keep_preparation");
  ModelCard& card = state_->card;
  const ModelCard& kept = other.state_->card;
  const bool same_columns = state_->preparation.mean.size() == other.state_->preparation.mean.size();
  const auto &scale = card.target_scale, &kept_scale = kept.target_scale;
  const bool same_scale =
      scale && kept_scale && scale->way() == kept_scale->way() && scale->outputs() == kept_scale->outputs();
  state_->prepare_by(same_columns ? other.state_->preparation : state_->preparation, same_scale ? kept_scale : scale);
  return *this;
}

Dataset Model::prepared(const Table& table, int threads) const { return prepared(table, ColumnRoles{}, threads); }

Dataset Model::prepared(const Table& table, const ColumnRoles& roles, int threads) const {
  const Gate::Reading seat(state_->gate, "prepared");
  const ModelCard& card = state_->card;
  return state_->with_table("prepared")
      .apply(table, threads, roles, {.target = card.target_names, .classes = card.classes});
}

Model& Model::scale_target(const Dataset& training, const std::string& way) {
  const Gate::Writing writing(state_->gate, "scale_target");
  check_extents(training, "scale_target");
  const std::string chosen = way != "auto"                                       ? way
                             : reach_every_number(state_->built("scale_target")) ? "standard"
                                                                                 : "none";
  state_->prepare_by(
      state_->preparation,
      chosen == "none" ? nullptr : std::make_shared<const TargetScale>(TargetScale::fit(training, chosen)));
  return *this;
}

Matrix Model::predict(const Table& table, int threads) const {
  const Dataset data = [&] {
    const Gate::Reading seat(state_->gate, "predict");
    return state_->with_table("predict").features(table, threads);
  }();
  return predict(data, threads);
}

Matrix Model::predict(std::span<const Cell> cells, int threads) const {
  std::shared_ptr<const TablePreparation> preparation;
  {
    const Gate::Reading seat(state_->gate, "predict");
    static_cast<void>(state_->with_table("predict"));
    preparation = state_->card.table;
  }
  const std::int64_t columns = std::ssize(preparation->columns());
  if (cells.empty() || std::ssize(cells) % columns != 0)
    fail(ErrorKind::usage, "predict",
         counted(cells.size(), "cell") + ", expected rows of " + counted(columns, "cell") + ", one per column");
  Matrix features(std::ssize(cells) / columns, preparation->width());
  for (std::int64_t row = 0; row < features.rows(); ++row) {
    for (std::int64_t c = 0; c < columns; ++c) {
      const PreparedColumn& column = *preparation->columns()[c];
      column.prepare(value_of(column, cells[row * columns + c], row), features.row(row) + preparation->place(c));
    }
  }
  Dataset data;
  data.features = features.view();
  data.source = "cells";
  return predict(data, threads);
}

std::vector<TableColumn> Model::table_columns() const {
  const Gate::Reading seat(state_->gate, "table_columns");
  std::vector<TableColumn> columns;
  if (!state_->card.table) return columns;
  for (const auto& column : state_->card.table->columns())
    columns.push_back({.name = column->name(),
                       .kind = column->kind(),
                       .place = state_->card.table->place(std::ssize(columns)),
                       .levels = column->levels(),
                       .date_order = column->date_order(),
                       .obstacles = {}});
  return columns;
}

std::int64_t Model::table_column_count() const {
  const Gate::Reading seat(state_->gate, "table_column_count");
  return state_->card.table ? std::ssize(state_->card.table->columns()) : 0;
}

TableOptions Model::table_options() const {
  const Gate::Reading seat(state_->gate, "table_options");
  const TablePreparation& preparation = state_->with_table("table_options");
  TableOptions options;
  for (const auto& column : preparation.columns()) {
    options.kinds[column->name()] = column->kind();
    if (const std::optional<DateOrder> order = column->date_order()) options.date_orders[column->name()] = *order;
    if (const std::optional<bool> times = column->times()) options.times[column->name()] = *times;
  }
  const TableRoles& roles = preparation.roles();
  for (std::int64_t i = 0; i < std::ssize(roles.target); ++i) {
    const std::vector<std::string> classes = roles.classes_of(i);
    options.kinds[roles.target[i]] = classes.empty() ? ColumnKind::number : ColumnKind::label;
    if (!classes.empty()) options.classes[roles.target[i]] = classes;
  }
  if (!roles.weight.empty()) options.kinds[roles.weight] = ColumnKind::number;
  if (roles.target.size() == 1) options.target = roles.target[0];
  return options;
}

}  // namespace millrace
