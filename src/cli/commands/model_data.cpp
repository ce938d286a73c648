// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/model_data.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "cli/commands/far_rows.hpp"
#include "cli/commands/model_target.hpp"
#include "cli/commands/table.hpp"
#include "cli/screen/console.hpp"
#include "millrace/arrays.hpp"
#include "millrace/split.hpp"
#include "millrace/targets.hpp"
#include "table/columns_named.hpp"
#include "table/csv/reader.hpp"
#include "table/slips.hpp"
#include "table/taken_columns.hpp"
#include "table/target.hpp"

namespace millrace::cli {

namespace {

void note_rows_without_target(std::int64_t rows, const std::string& who) {
  if (rows > 0) note("[" + who + "] " + rows_without_target(rows));
}

// The classes of each target column are no missing values there, whatever they say.
void keep_classes(TableOptions& options, const std::vector<std::string>& target,
                  const std::vector<std::vector<std::string>>& classes) {
  for (std::size_t i = 0; i < std::min(target.size(), classes.size()); ++i)
    if (!classes[i].empty()) options.classes[target[i]] = classes[i];
}

// A few cells that cannot be read are missing, as in training, and so are all infinite ones. Where others are many, the
// column is another one.
void note_stray_cells(const std::vector<UnreadCell>& unread, std::int64_t rows, const ModelData& request) {
  std::map<std::string, std::int64_t> counts;
  for (const UnreadCell& cell : unread)
    if (!is_infinite(cell)) ++counts[cell.column];
  const auto refused = std::ranges::find_if(unread, [&](const UnreadCell& cell) {
    const auto of_column = counts.find(cell.column);
    return cell.column.empty() || (of_column != counts.end() &&
                                   static_cast<double>(of_column->second) > most_stray * static_cast<double>(rows));
  });
  if (refused != unread.end())
    fail(ErrorKind::data, request.who,
         request.data.name() + " " + refused->place +
             (refused->column.empty() ? "" : ", column " + excerpt(refused->column)) + ": " + refused->problem);
  for (const std::string& text : stray_cell_notes(unread)) note("[" + request.who + "] " + text);
}

// Notes the order of month and day that was guessed from these rows, for a model that knows none.
void note_guessed_orders(const Table& table, const std::string& who) {
  for (const TableColumn& column : table.columns) {
    if (!column.order_is_guess) continue;
    for (const std::string& obstacle : column.obstacles)
      note("[" + who + "] column " + excerpt(column.name) + ": " + obstacle);
  }
}

// For such a loss a column of numbers with a slip is not a set of classes.
bool takes_numbers(const LossConfig& loss) { return !loss.op.empty() && target_kind(loss) == TargetKind::numbers; }

ModelColumns model_columns(const Model& model, const ModelData& request) {
  return {.who = request.who,
          .path = request.model_path,
          .table = request.data.name(),
          .features = columns_of(model),
          .targets = model.target_names(),
          .asked = request.features};
}

// The same for a table with targets. asked: the request before with_target(). The file must have the targets that the model
// knows, unless --target names others: those are looked for where they are read.
ModelColumns model_columns_with_targets(const Model& model, const ModelData& asked, const ModelData& request) {
  ModelColumns columns = model_columns(model, request);
  columns.needs_targets = asked.targets && asked.target.empty() && request.target == columns.targets;
  return columns;
}

void check_width(const Model& model, std::int64_t columns, const ModelData& request) {
  if (columns == model.input_width()) return;
  const bool has_flag = command_named(request.who).find_flag("features") != nullptr;
  fail(ErrorKind::data, request.who,
       request.data.name() + " has " + counted(columns, "feature column") + ", expected " +
           std::to_string(model.input_width()) + " as " + request.model_path + " takes" +
           (has_flag && !request.data.is_array() ? ": --features a,b,c names those to use" : ""));
}

void require_rows(std::int64_t rows, const ModelData& request) {
  if (rows == 0)
    fail(ErrorKind::data, request.who,
         request.data.name() + " has a header line but no rows, expected at least one row");
}

Dataset read_model_csv(const Model& model, const ModelData& asked) {
  const CsvFile file = open_csv(asked.data.paths, asked.data.format);
  const ModelData request = with_target(asked, model, file);
  const ModelColumns columns = model_columns_with_targets(model, asked, request);
  check_columns(file, columns);
  const std::vector<std::string> target = request.targets ? request.target : std::vector<std::string>();
  std::vector<std::string> features = taken_columns(file, columns);
  const bool takes_all = model.feature_names().empty() && request.features.empty();
  if (takes_all) std::erase_if(features, [&](auto& name) { return contains(target, name) || name == request.weight; });
  check_width(model, std::ssize(features), request);
  if (request.targets && !model.target_classes().empty())
    return read_named_classes(model, {.who = request.who,
                                      .paths = request.data.paths,
                                      .features = features,
                                      .target = target,
                                      .weight = request.weight,
                                      .format = request.data.format,
                                      .threads = request.threads});
  CsvOptions options{.features = takes_all ? std::vector<std::string>() : features,
                     .weight = request.weight,
                     .format = request.data.format,
                     .skip_missing_targets = true,
                     .expect_numbers = takes_numbers(model.compiled().loss),
                     .check_precision = false,
                     .threads = request.threads};
  if (request.targets) {
    options.target = target;
    if (target.size() == 1) options.classes = model.classes();
  }
  Dataset data = read_csv(file, options);
  if (data.rows() < data.features.rows) note_rows_without_target(data.features.rows - data.rows(), request.who);
  return data;
}

// Reads the columns of `kinds` only.
TableOptions only(const CsvFile& file, std::map<std::string, ColumnKind> kinds, const TextFormat& format, int threads) {
  TableOptions options{.kinds = std::move(kinds), .format = format, .threads = threads};
  for (const std::string& name : file.names) {
    if (!name.empty() && !options.kinds.contains(name)) options.ignore.push_back(name);
  }
  return options;
}

// The same, with dates read as in the model's training.
TableOptions only(const CsvFile& file, std::map<std::string, ColumnKind> kinds, const Model& model,
                  const ModelData& request) {
  TableOptions options = only(file, std::move(kinds), request.data.format, request.threads);
  read_dates_as(model, options);
  return options;
}

// The kinds of the features, as the model takes them.
std::map<std::string, ColumnKind> feature_kinds(const Model& model, const CsvFile& file, const ModelColumns& columns) {
  std::map<std::string, ColumnKind> kinds;
  for (const TableColumn& column : model.table_columns()) kinds[column.name] = column.kind;
  if (!kinds.empty()) return kinds;
  for (const std::string& name : taken_columns(file, columns)) kinds[name] = ColumnKind::number;
  return kinds;
}

Dataset read_model_array(const Model& model, const ModelData& request) {
  if (!request.weight.empty())
    fail(ErrorKind::usage, request.who,
         "--sample-weight names a column, but those of " + request.data.name() +
             " have no names, expected a .csv or .tsv file");
  const std::string target = array_target(request.data, request.target, request.who);
  if (request.targets && target.empty() && !request.data.may_have_targets())
    fail(ErrorKind::usage, request.who, "no --target, expected the file of the targets");
  LibsvmOptions sparse{.columns = model.input_width()};
  if (request.targets) sparse.classes = model.classes();
  const InputFiles files(request.data, request.target);
  Dataset data = read_array(request.data, target, sparse);
  files.require_unchanged(request.who);
  if (!request.targets) data.targets = {};
  if (request.targets && data.targets.rows == 0)
    fail(ErrorKind::usage, request.who,
         request.data.name() + " has no array of targets with a usual name, expected --target ARRAY");
  return data;
}

// A model of numbers cannot do without a number, but a row without a target is left out.
void check_numbers(const Table& table, const NamedColumns& columns) {
  std::vector<std::string> names = columns.features;
  if (!columns.weight.empty()) names.push_back(columns.weight);
  const std::vector<std::int64_t> rows = rows_with(table, columns.target);
  for (const std::string& name : names) {
    const std::int64_t place = table.column(name).place;
    const auto lacks = [&](std::int64_t r) { return std::isnan(table.values.row(r)[place]); };
    const auto row = std::ranges::find_if(rows, lacks);
    if (row != rows.end())
      fail(ErrorKind::data, columns.who,
           table.source + " row " + std::to_string(*row + 1) + ", column " + excerpt(name) +
               ": empty, expected a number");
  }
}

}  // namespace

Dataset read_named_classes(const Model& model, const NamedColumns& columns) {
  const CsvFile file = open_csv(columns.paths, columns.format);
  const std::vector<std::vector<std::string>> classes = model.target_classes();
  const auto classes_of = [&](std::int64_t column) {
    return column < std::ssize(classes) ? classes[column] : std::vector<std::string>();
  };
  std::map<std::string, ColumnKind> kinds;
  for (const std::string& name : columns.features) kinds[name] = ColumnKind::number;
  if (!columns.weight.empty()) kinds[columns.weight] = ColumnKind::number;
  for (std::int64_t i = 0; i < std::ssize(columns.target); ++i)
    kinds[columns.target[i]] = classes_of(i).empty() ? ColumnKind::number : ColumnKind::category;
  TableOptions options = only(file, std::move(kinds), columns.format, columns.threads);
  keep_classes(options, columns.target, classes);
  Table table = read_table(file, options);
  check_numbers(table, columns);
  note_rows_without_target(keep_rows_with(table, columns.target, columns.who), columns.who);
  for (std::int64_t i = 0; i < std::ssize(columns.target); ++i)
    if (!classes_of(i).empty()) make_label(table, columns.target[i], classes_of(i));
  return as_matrix(table, {columns.features, columns.target, columns.weight});
}

// Classes 0, 1, 2 ... are read as numbers, as in training.
ColumnKind target_kind_of(const std::vector<std::string>& classes) {
  return classes == numbered_classes(std::ssize(classes)) ? ColumnKind::number : ColumnKind::category;
}

namespace {

struct TableWithRoles {
  Table table;
  ColumnRoles roles;
};

TableWithRoles read_table_with_roles(const Model& model, const ModelData& asked) {
  const CsvFile file = open_csv(asked.data.paths, asked.data.format);
  const ModelData request = with_target(asked, model, file);
  const ModelColumns columns = model_columns_with_targets(model, asked, request);
  check_columns(file, columns);
  std::map<std::string, ColumnKind> kinds = feature_kinds(model, file, columns);
  refuse_asked_columns(columns);
  std::vector<std::string> target;
  std::vector<std::vector<std::string>> classes = model.target_classes();
  if (request.targets) {
    target = request.target;
    classes.resize(target.size(), model.classes());
    for (std::size_t i = 0; i < target.size(); ++i) kinds[target[i]] = target_kind_of(classes[i]);
  }
  if (!request.weight.empty()) kinds[request.weight] = ColumnKind::number;
  std::vector<UnreadCell> unread;
  TableOptions options = only(file, kinds, model, request);
  keep_classes(options, target, classes);
  options.unread = &unread;
  Table table = read_table(file, options);
  require_rows(table.rows, request);
  note_stray_cells(unread, table.rows, request);
  note_guessed_orders(table, request.who);
  ColumnRoles roles{.weight = request.weight};
  if (target.empty()) return {std::move(table), std::move(roles)};
  note_rows_without_target(keep_rows_with(table, target, request.who), request.who);
  // The model finds its target by the name that it had in training, if it had one.
  rename_targets(table, target, model.target_names());
  if (model.target_names().empty() && target.size() == 1) roles.target = target[0];
  return {std::move(table), std::move(roles)};
}

}  // namespace

Table read_model_table(const Model& model, const ModelData& request) {
  return read_table_with_roles(model, request).table;
}

Dataset read_model_data(const Model& model, const ModelData& request) {
  if (!request.data.is_array() && !model.table_columns().empty()) {
    const TableWithRoles read = read_table_with_roles(model, request);
    return model.prepared(read.table, read.roles, request.threads);
  }
  if (!model.table_columns().empty())
    fail(ErrorKind::usage, request.who,
         request.model_path + " takes a table with columns by name, expected a .csv or .tsv file");
  Dataset data = request.data.is_array() ? read_model_array(model, request) : read_model_csv(model, request);
  check_width(model, data.features.columns, request);
  return data;
}

namespace {

// Says which classes the model knows: the loss, which has not seen the training rows, would guess why a number is none.
void check_known_classes(const Model& model, const Dataset& data, const std::string& who) {
  const CompileOptions compiled = model.compiled();
  if (!compiled.outputs.empty() || compiled.loss.op.empty() || !data.classes.empty() || data.targets.columns != 1)
    return;
  const TargetKind kind = target_kind(compiled.loss);
  const bool one_output = model.output_width() == 1 && kind == TargetKind::labels;
  if (!one_output && kind != TargetKind::classes) return;
  const std::int64_t count = one_output ? 2 : model.output_width();
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const float value = *data.targets.row(data.table_row(r));
    if (value != std::floor(value) || value < static_cast<float>(count)) continue;
    fail(ErrorKind::data, who,
         (data.target_names.empty() ? "the target" : "column " + excerpt(data.target_names[0])) + " of row " +
             std::to_string(data.table_row(r) + 1) + " of " + data.source + " is " + number_text(value) +
             ", expected a class from 0 to " + std::to_string(count - 1) + ", which the model knows");
  }
}

}  // namespace

RowsWithTargets read_rows_with_targets(const Model& model, const ModelData& request) {
  RowsWithTargets rows;
  if (request.data.is_array() || model.table_columns().empty()) {
    rows.data = read_model_data(model, request);
  } else {
    TableWithRoles read = read_table_with_roles(model, request);
    rows.data = model.prepared(read.table, read.roles, request.threads);
    rows.table = std::move(read.table);
  }
  check_known_classes(model, rows.data, request.who);
  refuse_far_rows(model, rows.data, request.who);
  return rows;
}

namespace {

// Names the first cell that a model of numbers cannot do without, for each row that lacks one.
void note_missing_numbers(const Table& table, const std::vector<std::string>& names, RowsToPredict& rows) {
  std::vector<bool> noted(table.rows);
  for (const UnreadCell& cell : rows.unread) noted[cell.row] = true;
  const std::vector<const TableColumn*> columns = columns_named(table, names);
  for (std::int64_t r = 0; r < table.rows; ++r) {
    for (const TableColumn* const column : columns) {
      if (noted[r] || !std::isnan(table.values.row(r)[column->place])) continue;
      rows.unread.push_back({.row = r,
                             .place = "row " + std::to_string(r + 1),
                             .column = column->name,
                             .text = "",
                             .problem = "empty, expected a number: no row that the model was trained on lacks one"});
      noted[r] = true;
    }
  }
  std::stable_sort(rows.unread.begin(), rows.unread.end(), [](auto& a, auto& b) { return a.row < b.row; });
}

}  // namespace

RowsToPredict read_rows_to_predict(const Model& model, const ModelData& request, const std::vector<std::string>& keep) {
  RowsToPredict rows;
  const CsvFile file = open_csv(request.data.paths, request.data.format);
  ModelColumns columns = model_columns(model, request);
  columns.others = keep;
  check_columns(file, columns);
  rows.kept = KeptCells(file, keep, request.who);
  TableOptions options = only(file, feature_kinds(model, file, columns), model, request);
  options.unread = &rows.unread;
  const Table table = read_table(file, options);
  note_guessed_orders(table, request.who);
  const bool takes_table = !model.table_columns().empty();
  const std::vector<std::string> names = taken_columns(file, columns);
  if (!takes_table) {
    check_width(model, std::ssize(names), request);
    note_missing_numbers(table, names, rows);
  }

  std::vector<bool> left_out(table.rows);
  for (const UnreadCell& cell : rows.unread) left_out[cell.row] = true;
  std::vector<std::int64_t> sound;
  for (std::int64_t r = 0; r < table.rows; ++r) {
    rows.place.push_back(left_out[r] ? -1 : std::ssize(sound));
    if (!left_out[r]) sound.push_back(r);
  }
  if (!sound.empty() && takes_table)
    rows.data = model.prepared(std::ssize(sound) == table.rows ? table : select_rows(table, sound), request.threads);
  else if (!sound.empty())
    rows.data = select_rows(as_matrix(table, {names, {}, ""}), sound);
  if (!takes_table && model.feature_names().empty()) rows.data.feature_names.clear();
  leave_out_far_rows(model, &file, names, rows);
  rows.notes = column_notes(file, columns);
  return rows;
}

}  // namespace millrace::cli
