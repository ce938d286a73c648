// SPDX-License-Identifier: Apache-2.0
#include "millrace/table_target.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "model/last_layer.hpp"
#include "ops/losses/loss.hpp"
#include "table/checks.hpp"
#include "table/target.hpp"
#include "table/target_column.hpp"

namespace millrace {

namespace {

// Empty: no layer is given.
std::string last_activation(const TargetOptions& target) { return target.last ? activation_of(*target.last) : ""; }

bool has_numbers_only(const TableColumn& column) {
  return column.kind == ColumnKind::number ||
         (column.kind == ColumnKind::label &&
          std::all_of(column.levels.begin(), column.levels.end(),
                      [](const std::string& level) { return parse_number(level).has_value(); }));
}

[[noreturn]] void fail_number_of_classes(const std::set<double>& values, const TargetOptions& target,
                                         std::int64_t outputs) {
  constexpr std::size_t most = 5;
  std::string some;
  std::size_t listed = 0;
  for (const double value : values) {
    if (listed++ < most) some += (some.empty() ? "" : ", ") + level_text(value);
  }
  const std::string count = std::to_string(values.size());
  const bool are_classes = std::ssize(values) <= few_classes &&
                           std::ranges::all_of(values, [](double value) { return value == std::floor(value); });
  fail(ErrorKind::data, "target",
       "column " + excerpt(target.columns[0]) + " has " + count + " different numbers, " + some +
           (values.size() > most ? ", ..." : "") + ", and the last layer " + counted(outputs, "unit") + ", expected " +
           (are_classes
                ? "a unit for each class: " + count + ":softmax with the loss sparse_categorical_crossentropy, or "
                : "") +
           "a loss of numbers: a last layer of 1 unit without an activation, and mse");
}

// True if the numbers are indices of classes, as those of an array, or fewer than the network has classes, so that the loss
// says which of them it does not take. Throws Error{data} for more numbers than classes.
bool are_class_indices(const std::set<double>& values, const TargetOptions& target) {
  const auto loss = make_loss(target.loss);
  const std::int64_t outputs = units_of(*target.last);
  if (std::all_of(values.begin(), values.end(),
                  [&](double value) { return loss->target_problem(static_cast<float>(value), outputs).empty(); }))
    return true;
  // One unit tells two classes apart. A last layer without units, such as dropout, says nothing.
  if (outputs > 0 && std::ssize(values) > std::max<std::int64_t>(outputs, 2))
    fail_number_of_classes(values, target, outputs);
  return std::ssize(values) != (outputs == 1 ? 2 : outputs);
}

void require_columns(const TargetOptions& target) {
  if (target.columns.empty())
    fail(ErrorKind::usage, "target", "TargetOptions names no column, expected the target, or several");
}

// The task as far as it does not depend on rows.
std::optional<Task> task_from_options(const TargetOptions& target) {
  if (target.task) return target.task;
  if (!target.loss.op.empty())
    return make_loss(target.loss)->targets() == TargetKind::numbers ? Task::regression : Task::classification;
  if (last_activation(target) == "softmax") return Task::classification;
  return {};
}

// Of numbers that may be 0 and 1.
Task task_of_numbers(const TargetOptions& target) {
  return last_activation(target) == "sigmoid" ? Task::classification : Task::regression;
}

}  // namespace

Task target_task(const Dataset& matrix, const TargetOptions& target) {
  if (const std::optional<Task> given = task_from_options(target)) return *given;
  return matrix.classes.empty() ? task_of_numbers(target) : Task::classification;
}

Task target_task(const Table& table, const TargetOptions& target) {
  require_columns(target);
  for (const std::string& name : target.columns) {
    const TableColumn& column = table.column(name);
    if (column.kind == ColumnKind::date)
      fail(ErrorKind::data, "target",
           "column " + excerpt(name) + " of " + table.source + " " + date_target_problem(table, column));
  }
  if (const std::optional<Task> given = task_from_options(target)) return *given;
  if (target.columns.size() > 1) return task_of_numbers(target);
  if (target.kind) return *target.kind == ColumnKind::number ? Task::regression : Task::classification;
  if (!target.classes.empty()) return Task::classification;
  const TableColumn& column = table.column(target.columns.front());
  if (column.kind == ColumnKind::number) return Task::regression;
  // A single linear unit cannot tell three classes apart, but it can tell how large a number is.
  const bool one_number =
      last_activation(target) == "linear" && column.levels.size() > 2 && units_of(*target.last) == 1;
  return one_number ? Task::regression : Task::classification;
}

TrainingShape training_shape(const Table& table, const std::vector<std::string>& features,
                             const TargetOptions& target) {
  TrainingShape shape{.rows = table.rows,
                      .columns = std::ssize(features),
                      .task = target_task(table, target),
                      .targets = std::ssize(target.columns)};
  if (shape.task == Task::regression) return shape;
  if (shape.targets > 1) {
    shape.classes = shape.targets;
  } else if (!target.classes.empty()) {
    shape.classes = std::ssize(target.classes);  // rows may lack some of them
  } else {
    const TableColumn& column = table.column(target.columns.front());
    shape.classes =
        column.kind == ColumnKind::number ? std::ssize(target_numbers(table, column.name)) : std::ssize(column.levels);
  }
  return shape;
}

TrainingShape training_shape(const Dataset& matrix, const TargetOptions& target) {
  TrainingShape shape{.rows = matrix.rows(),
                      .columns = matrix.features.columns,
                      .task = target_task(matrix, target),
                      .targets = matrix.targets.columns};
  if (shape.task == Task::regression) return shape;
  if (shape.targets > 1) {
    shape.classes = shape.targets;
  } else if (!matrix.classes.empty()) {
    shape.classes = std::ssize(matrix.classes);
  } else {
    shape.classes = 1;
    for (std::int64_t r = 0; r < matrix.rows(); ++r) {
      const float value = *matrix.targets.row(matrix.table_row(r));
      if (value >= static_cast<float>(most_target_classes))
        fail(ErrorKind::data, "target",
             "the target of " + place_of_row(matrix, matrix.table_row(r)) + " is " + number_text(value) +
                 ", expected a class from 0 to " + std::to_string(most_target_classes - 1) +
                 "; a loss of numbers, such as mse, takes numbers of any size");
      if (value >= static_cast<float>(shape.classes)) shape.classes = static_cast<std::int64_t>(value) + 1;
    }
  }
  return shape;
}

void settle_target(Table& table, const TargetOptions& target) {
  require_columns(target);
  if (target.columns.size() > 1) return;
  const std::string& name = target.columns.front();
  if (make_loss(target.loss)->targets() == TargetKind::numbers) {
    if (target.classes.empty()) make_number(table, name);
    return;
  }
  if (target.classes.empty() && target.last && has_numbers_only(table.column(name))) {
    if (are_class_indices(target_numbers(table, name), target)) return make_number(table, name);
    return make_label_of_numbers(table, name);
  }
  make_label(table, name, target.classes);
}

std::int64_t remove_rows_without(Table& table, const std::vector<std::string>& columns) {
  return keep_rows_with(table, columns, "target");
}

}  // namespace millrace
