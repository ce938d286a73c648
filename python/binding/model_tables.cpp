// SPDX-License-Identifier: Apache-2.0
//
// The class Model on tables: preparation of columns, targets, and predictions from raw cells.
#include "model_tables.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>

#include "dataset.hpp"
#include "gil.hpp"
#include "millrace/targets.hpp"
#include "model/keep_features.hpp"
#include "records.hpp"
#include "table.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace millrace::python {

namespace {

nb::list prepare(Model& model, const Table& table, const std::vector<std::string>& target, const std::string& weight,
                 nb::object all, nb::object columns, double hidden_categories,
                 std::optional<std::vector<std::int64_t>> training, int threads) {
  PrepareOptions options{.target = target,
                         .weight = weight,
                         .all = options_from_dict<ColumnOptions>(all, "prepare"),
                         .columns = {},
                         .hidden_categories = hidden_categories,
                         .threads = threads};
  if (!columns.is_none()) {
    if (!nb::isinstance<nb::dict>(columns))
      fail(ErrorKind::usage, "prepare", "columns is no dictionary, expected {column: {option: value}}");
    for (const auto [name, given] : nb::cast<nb::dict>(columns)) {
      if (!nb::isinstance<nb::dict>(given))
        fail(ErrorKind::usage, "prepare",
             "the options of column '" + nb::cast<std::string>(nb::str(name)) +
                 "' are no dictionary, expected {option: value}");
      nb::dict merged;
      if (!all.is_none()) merged.update(nb::cast<nb::dict>(all));
      merged.update(nb::cast<nb::dict>(given));
      options.columns.emplace(nb::cast<std::string>(nb::str(name)),
                              options_from_dict<ColumnOptions>(merged, "prepare"));
    }
  }
  if (training && training->empty()) fail(ErrorKind::usage, "prepare", "training has no rows, expected one or more");
  std::vector<ColumnNote> notes;
  {
    const GilReleased unlocked;
    notes = model.prepare(table, options, training.value_or(std::vector<std::int64_t>{}));
  }
  nb::list list;
  for (const ColumnNote& note : notes) list.append(nb::make_tuple(note.column, note.text, note.left_out));
  return list;
}

// Keeps the Python objects alive whose texts the cells view.
struct Cells {
  std::vector<Cell> cells;
  std::vector<nb::object> texts;
};

Cell cell_from(nb::handle given, std::vector<nb::object>& texts) {
  if (given.is_none()) return std::monostate{};
  if (nb::isinstance<nb::str>(given)) {
    texts.push_back(nb::borrow(given));
    Py_ssize_t size = 0;
    const char* const text = PyUnicode_AsUTF8AndSize(given.ptr(), &size);
    if (text == nullptr) throw nb::python_error();
    return std::string_view(text, static_cast<std::size_t>(size));
  }
  if (PyFloat_Check(given.ptr()) || PyIndex_Check(given.ptr()) || PyObject_HasAttrString(given.ptr(), "__float__"))
    return nb::cast<double>(nb::float_(given));
  fail(ErrorKind::usage, "predict_cells",
       "a cell is of type " + nb::cast<std::string>(nb::str(given.type().attr("__name__"))) +
           ", expected a number, a text or None");
}

nb::object predict_cells(const Model& model, nb::handle rows, int threads) {
  const auto columns = static_cast<std::size_t>(model.table_column_count());
  Cells given;
  for (nb::handle row : rows) {
    if (nb::isinstance<nb::str>(row) || nb::len(row) != columns)
      fail(ErrorKind::usage, "predict_cells",
           "a row has " + std::to_string(nb::len(row)) + " cells, expected " + std::to_string(columns) +
               ", one for each of table_columns()");
    for (nb::handle cell : row) given.cells.push_back(cell_from(cell, given.texts));
  }
  Matrix outputs;
  {
    const GilReleased unlocked;
    outputs = model.predict(given.cells, threads);
  }
  return array_from(outputs);
}

// Levels that are small whole numbers are found by their numbers, all others by their texts.
bool are_texts(const std::vector<std::string>& levels) {
  constexpr std::size_t most_digits = 7;  // fp32 has all whole numbers of so many
  return std::ranges::any_of(levels, [](const std::string& level) {
    return level.size() > most_digits || level.find_first_not_of("-0123456789") != std::string::npos;
  });
}

// Where the model has numbers, booleans or dates, texts are read as such, as those of a file are, and numbers as levels
// where it has levels that are texts; and a column without a name of its own is read if the model has it.
Table table_for(const Model& model, nb::handle given, const char* who) {
  Table table = table_from(given, {}, who);
  if (nb::isinstance<Table>(given)) return table;
  TableOptions options;
  for (const TableColumn& wanted : model.table_columns()) {
    const auto found = std::ranges::find(table.columns, wanted.name, &TableColumn::name);
    if (found == table.columns.end() || found->kind == wanted.kind) continue;
    if (wanted.kind == ColumnKind::category) {
      if (found->kind == ColumnKind::number && are_texts(wanted.levels))
        options.kinds.emplace(wanted.name, wanted.kind);
      continue;
    }
    if (found->kind == ColumnKind::category || found->kind == ColumnKind::ignored)
      options.kinds.emplace(wanted.name, wanted.kind);
  }
  if (options.kinds.empty()) return table;
  const TableOptions own = model.table_options();
  options.date_orders = own.date_orders;
  options.times = own.times;
  return table_from(given, options, who);
}

Dataset prepared(const Model& model, nb::object given, int threads, const std::string& target,
                 const std::string& weight, bool targets) {
  Table table = table_for(model, given, "prepared");
  if (!targets && !(target.empty() && weight.empty()))
    fail(ErrorKind::usage, "prepared", "target or weight beside targets=False, expected one of them");
  const GilReleased unlocked;
  if (!targets) keep_features(table, model);
  return model.prepared(table, {.target = target, .weight = weight}, threads);
}

}  // namespace

Dataset rows_for(const Model& model, nb::handle given, const char* who) {
  if (nb::isinstance<Dataset>(given)) return nb::cast<const Dataset&>(given);
  if (nb::ndarray_check(given)) return dataset_from(given, who);  // without a question: one row takes a microsecond
  const bool is_table = nb::isinstance<Table>(given);
  const auto is_array = [&] {
    return nb::cast<bool>(nb::module_::import_("millrace._tables").attr("is_array")(given));
  };
  if (!is_table && (is_array() || model.table_columns().empty())) return dataset_from(given, who);
  Table table = table_for(model, given, who);
  const GilReleased unlocked;
  if (std::string_view(who) == "predict") keep_features(table, model);
  return model.prepared(table);
}

void bind_model_tables(nb::class_<Model>& model) {
  model
      .def("prepare", &prepare, "table"_a, "target"_a = std::vector<std::string>{}, nb::kw_only(), "weight"_a = "",
           "all"_a = nb::none(), "columns"_a = nb::none(), "hidden_categories"_a = 0.01, "training"_a = nb::none(),
           "threads"_a = 0,
           "From now on the model takes tables as this one is. Fits the preparation of all columns but the targets "
           "and the column of row weights on the rows `training`, or on all, and puts Embedding layers for "
           "categories in front of the network. Both become part of the model and of its ONNX file.\n\nall: options "
           "for all columns: missing, indicator, scale, clip, encode, levels, dimension, buckets, rare. columns: "
           "{name: options} in their place. hidden_categories: the share of rows whose category is hidden, anew in "
           "each epoch. Returns notes of columns, as sentences() takes them. Raises UsageError, DataError.")
      .def("prepared", &prepared, "table"_a, "threads"_a = 0, nb::kw_only(), "target"_a = "", "weight"_a = "",
           "targets"_a = true,
           "The rows of a Table, or of a frame, as fit() and evaluate() take them, with targets and weights if the "
           "table has their columns. Columns are found by name; others are ignored. target, weight: the columns of "
           "targets and of row weights, if they are not those of the training. targets=False: the features alone, "
           "whatever the target holds. Raises UsageError, DataError.")
      .def("predict_cells", &predict_cells, "rows"_a, "threads"_a = 1,
           "Outputs (rows, output columns) for rows of raw cells in the order of table_columns(): numbers, texts, "
           "None. The quickest way for a few rows. Raises UsageError, DataError.")
      .def(
          "table_columns",
          [](const Model& self) {
            nb::list all;
            for (const TableColumn& column : self.table_columns()) all.append(dictionary_from(column));
            return all;
          },
          "The columns that the model takes, in order, as dictionaries; empty for a model that takes no table.")
      .def(
          "table_options",
          [](const Model& self) {
            const TableOptions options = self.table_options();
            nb::dict values;
            values["target"] = options.target;
            values["kinds"] = dictionary_from(options.kinds);
            return values;
          },
          "{\"target\": name, \"kinds\": {column: kind}}: how read_table() reads a file for this model.")
      .def(
          "scale_target",
          [](Model& self, const Dataset& training, const std::string& way) { self.scale_target(training, way); },
          "training"_a, "way"_a = "standard", nb::call_guard<GilReleased>(),
          "From now on trains on scaled targets: standard, log1p or none. Predictions and metrics keep the target's "
          "unit; the loss is that of the scaled targets.")
      .def(
          "fit_targets",
          [](const Model& self, Dataset data) {
            fit_targets(data, self);
            return data;
          },
          "data"_a,
          "The data with a single target column turned into what the compiled loss takes: an index, or a column a "
          "class.")
      .def_prop_ro(
          "target_width", [](const Model& self) { return target_width(self.compiled().loss, self.output_width()); },
          "Number of target columns that the compiled loss takes, of a model with one output.")
      .def_prop_ro(
          "target_kind",
          [](const Model& self) {
            const TargetKind kind = target_kind(self.compiled().loss);
            return kind == TargetKind::numbers ? "numbers" : kind == TargetKind::labels ? "labels" : "classes";
          },
          "The targets that the compiled loss takes, of a model with one output: numbers; labels, 0 or 1; or classes.")
      .def(
          "copy_preparation", [](Model& self, const Model& other) { self.copy_preparation(other); }, "other"_a,
          "From now on prepares tables, feature columns and targets as the other model does. For a table, the "
          "network must have the same inputs, as one made of other.layers() and other.inputs() has.")
      .def_prop_rw("threshold", &Model::threshold, &Model::set_threshold,
                   "A single score, or the score of a label, means yes above it. Exported files have it.");
}

}  // namespace millrace::python
