// SPDX-License-Identifier: Apache-2.0
#include "prepare/table_preparation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/index.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "prepare/column_checks.hpp"
#include "prepare/levels.hpp"
#include "prepare/target_cells.hpp"
#include "table/checks.hpp"
#include "table/class_names.hpp"
#include "table/columns_named.hpp"
#include "table/kinds/booleans.hpp"
#include "table/kinds/no_levels.hpp"
#include "table/level_counts.hpp"
#include "table/storage/stored.hpp"
#include "table/target.hpp"
#include "table/target_column.hpp"
#include "table/value.hpp"
#include "threads/row_blocks.hpp"
#include "threads/run_jobs.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "prepare";
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr std::string_view no_value = "no training row has a value";
constexpr std::string_view one_value = "all training rows have the same value";

// Why a category is not a feature; empty: it is one.
std::string reason_to_leave_out_category(const TrainingColumn& column) {
  auto [counts, missing] = count_levels(*column.table, *column.column, column.rows);
  std::erase(counts, 0);
  if (counts.empty()) return std::string(no_value);
  if (counts.size() == 1 && missing == 0) return std::string(one_value);
  const std::int64_t rows = std::ssize(column.rows), single = std::ranges::count(counts, 1);
  constexpr double nearly_all = 0.9;
  const bool recurs = rows <= 1 || static_cast<double>(single) <= nearly_all * static_cast<double>(rows);
  // Numbers in a form that was not asked for are no names.
  const std::vector<std::string>& obstacles = column.column->obstacles;
  const std::int64_t cells = column.table->rows - column.column->missing;
  if (!recurs && !obstacles.empty() && obstacles.front() != no_levels(std::ssize(column.column->levels), cells))
    return obstacles.front();
  if (!recurs)
    return "nearly every row has a category of its own (" + std::to_string(counts.size()) + " in " +
           std::to_string(rows) + " rows), which says nothing about other rows";
  return "";
}

// The same of a column of another kind.
std::string reason_to_leave_out_numbers(const TrainingColumn& column) {
  double first = not_a_number;
  bool missing = false;
  Pass pass(storage_of(*column.table));
  for (const std::int64_t row : column.rows) {
    pass.over(row_bytes(*column.table));
    const double value = table_value(*column.table, *column.column, row);
    missing |= std::isnan(value);
    if (std::isnan(first)) first = value;
    if (!std::isnan(value) && value != first) return "";
  }
  if (std::isnan(first)) return std::string(no_value);
  return missing ? "" : std::string(one_value);
}

std::string reason_to_leave_out(const TrainingColumn& column) {
  return column.column->kind == ColumnKind::category ? reason_to_leave_out_category(column)
                                                     : reason_to_leave_out_numbers(column);
}

std::string expected_cell(ColumnKind kind) {
  return std::string(kind_name(kind)) + ", expected one as in training" +
         (kind == ColumnKind::boolean ? ": " + all_boolean_words() : "");
}

// A boolean in memory is false or true; as the level of a category it may be False, or no.
std::string level_in(const PreparedColumn& prepared, const TableColumn& column, const std::string& level) {
  if (column.kind != ColumnKind::boolean || prepared.kind() != ColumnKind::category) return level;
  const std::vector<std::string> known = prepared.levels();
  const std::int64_t at = ClassNames(known).index(level);
  return at < 0 ? level : known[at];
}

// The values of a column by level, or an empty list for a column of numbers or dates.
std::vector<double> level_values(const PreparedColumn& prepared, const TableColumn& column, const std::string& source) {
  std::vector<double> values;
  for (const std::string& level : column.levels) {
    const std::optional<double> value = prepared.value(std::string_view(level_in(prepared, column, level)));
    if (!value && prepared.kind() == ColumnKind::number && parse_number(level))
      fail(ErrorKind::usage, source,
           "column " + excerpt(column.name) + " holds texts, such as " + excerpt(level) +
               ", expected numbers as in training: make the table with the kind number for it");
    if (!value)
      fail(ErrorKind::data, source,
           "column " + excerpt(column.name) + ": " + excerpt(level) + " is not a " + expected_cell(prepared.kind()));
    values.push_back(*value);
  }
  return values;
}

// Where the values of a prepared column come from.
struct Source {
  const PreparedColumn* prepared;
  const TableColumn* column;
  std::vector<double> levels;
};

double value_of(const Source& source, const Table& table, std::int64_t row) {
  const double cell = table_value(table, *source.column, row);
  if (std::isnan(cell)) return not_a_number;
  if (!source.levels.empty()) return source.levels[static_cast<std::int64_t>(cell)];
  if (const std::optional<double> value = source.prepared->value(cell)) return *value;
  fail(ErrorKind::data, table.source,
       "column " + excerpt(source.column->name) + ", row " + std::to_string(row + 1) + ": " + number_text(cell) +
           " is not a " + expected_cell(source.prepared->kind()));
}

// A column without a value has every kind: what the table says of it was inferred from nothing.
bool has_no_value(const Table& table, const TableColumn& column) {
  if (column.kind == ColumnKind::ignored || column.missing == 0) return false;
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    if (!std::isnan(table_value(table, column, row))) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> TableRoles::classes_of(std::int64_t column) const {
  if (target.size() == 1) return classes;
  return column < std::ssize(target_classes) ? target_classes[column] : std::vector<std::string>();
}

const ColumnOptions& options_of(const PrepareOptions& options, const std::string& name) {
  const auto own = options.columns.find(name);
  return own == options.columns.end() ? options.all : own->second;
}

TablePreparation TablePreparation::fit(const Table& table, std::span<const std::int64_t> training,
                                       const PrepareOptions& options, const TablePreparation* earlier) {
  check_table(table, who);
  std::vector<std::int64_t> all;
  if (training.empty()) {
    all.resize(table.rows);
    std::iota(all.begin(), all.end(), std::int64_t{0});
    training = all;
  }
  if (!(options.hidden_categories >= 0 && options.hidden_categories < 1))
    fail(ErrorKind::usage, who,
         "hidden_categories is " + number_text(options.hidden_categories) + ", expected 0 or more and below 1");
  TableRoles roles{options.target, {}, options.weight, options.hidden_categories};
  std::set<std::string_view> no_features(options.target.begin(), options.target.end());
  if (!options.weight.empty()) no_features.insert(options.weight);
  for (const std::string_view name : no_features) static_cast<void>(table.column(name));
  for (const auto& [name, unused] : options.columns) static_cast<void>(table.column(name));
  for (const std::string& name : options.target) {
    require_utf8_levels(table, table.column(name));
    roles.target_classes.push_back(table.column(name).levels);
  }
  if (options.target.size() == 1) {
    roles.classes = roles.target_classes[0];
    roles.target_classes.clear();
  } else if (std::ranges::all_of(roles.target_classes, [](const auto& names) { return names.empty(); })) {
    roles.target_classes.clear();
  }

  std::vector<TrainingColumn> candidates, features;
  for (const TableColumn& column : table.columns) {
    if (column.kind == ColumnKind::ignored || no_features.contains(column.name)) continue;
    if (column.kind == ColumnKind::label)
      fail(ErrorKind::usage, who,
           "column " + excerpt(column.name) + " of " + table.source +
               " was read as the target and would be a feature, expected its name in PrepareOptions::target");
    candidates.push_back({&table, &column, training});
  }
  std::vector<std::string> reasons(candidates.size());
  std::vector<ColumnNote> notes;
  run_jobs(std::ssize(candidates), options.threads,
           [&](std::int64_t i) { reasons[i] = reason_to_leave_out(candidates[i]); });
  std::set<std::string_view> kept;
  if (earlier != nullptr)
    for (const auto& column : earlier->columns_) kept.insert(column->name());
  bool any_stays = false;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::string& name = candidates[i].column->name;
    const bool stays = kept.contains(name);
    if (reasons[i].empty())
      features.push_back(candidates[i]);
    else
      notes.push_back({name, reasons[i] + (stays ? ", and the network keeps its inputs" : ""), !stays});
    any_stays |= stays;
  }
  if (features.empty() && !any_stays) {
    fail(ErrorKind::data, who,
         table.source + " has no column to learn from, expected at least one besides the target that varies" +
             (notes.empty() ? "" : "; " + sentences(notes).front()));
  }
  for (const TrainingColumn& feature : features) require_utf8_levels(table, *feature.column);
  std::vector<std::unique_ptr<PreparedColumn>> columns(features.size());
  run_jobs(std::ssize(features), options.threads, [&](std::int64_t i) {
    columns[i] = fit_column(features[i], options_of(options, features[i].column->name));
  });
  TablePreparation result(std::move(columns), std::move(roles));
  result.notes_ = std::move(notes);
  return result;
}

TablePreparation::TablePreparation(std::vector<std::unique_ptr<PreparedColumn>> columns, TableRoles roles)
    : roles_(std::move(roles)) {
  for (auto& column : columns) columns_.push_back(std::move(column));
  place_columns();
}

void TablePreparation::place_columns() {
  for (const auto& column : columns_) {
    places_.push_back(width_);
    if (column->slots() == 0) width_ += column->width();
  }
  numbers_ = width_;
  for (std::int64_t i = 0; i < std::ssize(columns_); ++i)
    if (columns_[i]->slots() > 0) places_[i] = width_++;
}

std::vector<std::string> TablePreparation::names() const {
  std::vector<std::string> all(width_);
  for (std::int64_t i = 0; i < std::ssize(columns_); ++i) {
    std::vector<std::string> names = columns_[i]->names();
    std::ranges::move(names, all.begin() + places_[i]);
  }
  return all;
}

Dataset TablePreparation::features(const Table& table, int threads) const {
  check_table(table, who);
  const std::optional<RowStorage> storage = storage_of(table);
  Matrix features = unfilled_matrix(table.rows, width_, storage);
  prepare_features(table, threads, features);
  Dataset data;
  data.features = features.view();
  data.owners.push_back(features.owner());
  data.feature_names = names();
  data.source = table.source;
  if (storage) storage->adopt(data);
  return data;
}

std::vector<const TableColumn*> TablePreparation::features_of(const Table& table) const {
  std::vector<std::string> names;
  for (const auto& column : columns_) names.push_back(column->name());
  return columns_named(table, names);
}

void TablePreparation::prepare_features(const Table& table, int threads, Matrix& features) const {
  const std::vector<const TableColumn*> from = features_of(table);
  std::vector<Source> sources;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    sources.push_back({columns_[c].get(), from[c], {}});
    if (has_no_value(table, *from[c])) continue;
    require_kind(table, *from[c], *columns_[c]);
    sources.back().levels = level_values(*columns_[c], *from[c], table.source);
  }
  const std::optional<RowStorage> storage = storage_of(table);
  for_row_blocks(table.rows, threads, [&](IndexRange block) {
    if (storage) storage->passed(block.size() * (table.values.columns() + width_) * std::int64_t{sizeof(float)});
    for (std::int64_t i = 0; i < std::ssize(sources); ++i) {
      for (std::int64_t row = block.begin; row < block.end; ++row)
        sources[i].prepared->prepare(value_of(sources[i], table, row), features.row(row) + places_[i]);
    }
  });
}

namespace {

void require_read(const Table& table, const std::string& name, const char* what) {
  if (table.column(name).kind != ColumnKind::ignored) return;
  fail(ErrorKind::usage, table.source,
       "column " + excerpt(name) + " is named as " + what + ", and is not read, expected a column with values");
}

// roles: those of the training. target: the column to take instead of their target; empty: theirs.
void prepare_targets(const Table& table, const TableRoles& roles, const std::string& target, Dataset& data) {
  if (!target.empty() && roles.target.size() > 1)
    fail(ErrorKind::usage, who,
         "the model has " + std::to_string(roles.target.size()) + " targets, " + some_names(roles.target) +
             ", and one is named, " + excerpt(target) + ", expected their own columns: leave the name out");
  if (!target.empty()) require_read(table, target, "the target");
  std::vector<const TableColumn*> found;
  for (const std::string& name : target.empty() ? roles.target : std::vector{target}) {
    const TableColumn* const column = read_column(table, name);
    if (column == nullptr) return;
    if (column->kind == ColumnKind::date)
      fail(ErrorKind::data, table.source, "column " + excerpt(name) + " " + date_target_problem(table, *column));
    found.push_back(column);
  }
  if (found.empty()) return;
  Matrix targets(table.rows, std::ssize(found));
  for (std::int64_t i = 0; i < std::ssize(found); ++i) {
    TargetCells cells(table, *found[i], roles.classes_of(i));
    Pass pass(storage_of(table));
    for (std::int64_t row = 0; row < table.rows; ++row) {
      pass.over(row_bytes(table));
      targets.row(row)[i] = cells(row);
    }
  }
  data.targets = targets.view();
  data.owners.push_back(targets.owner());
  data.target_names = roles.target.empty() ? std::vector{target} : roles.target;
  data.classes = roles.classes;
}

}  // namespace

const TableRoles& TablePreparation::target_roles(const TableRoles& known) const {
  const auto is_feature = [&](const std::string& name) {
    return std::ranges::any_of(columns_, [&](const auto& column) { return column->name() == name; });
  };
  return roles_.target.empty() && std::ranges::none_of(known.target, is_feature) ? known : roles_;
}

Dataset TablePreparation::apply(const Table& table, int threads, const ColumnRoles& roles,
                                const TableRoles& known) const {
  Dataset data = features(table, threads);
  prepare_targets(table, target_roles(known), roles.target, data);
  prepare_weights(table, roles.weight, data);
  return data;
}

void TablePreparation::prepare_weights(const Table& table, const std::string& weight, Dataset& data) const {
  if (!weight.empty()) require_read(table, weight, "row weights");
  const std::string& name = weight.empty() ? roles_.weight : weight;
  if (name.empty()) return;
  const TableColumn* const column = read_column(table, name);
  if (column == nullptr) return;
  if (column->kind != ColumnKind::number)
    fail(ErrorKind::usage, table.source,
         "column " + excerpt(name) + " of row weights is of kind " + std::string(kind_name(column->kind)) +
             ", expected numbers");
  data.weights.resize(table.rows);
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    data.weights[row] = static_cast<float>(table_value(table, *column, row));
  }
}

}  // namespace millrace
