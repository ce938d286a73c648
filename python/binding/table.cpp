// SPDX-License-Identifier: Apache-2.0
//
// Tables with columns of several kinds: from files, Arrow streams, and columns that Python has in memory.
#include "table.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "errors.hpp"
#include "files.hpp"
#include "gil.hpp"
#include "millrace/arrow.hpp"
#include "millrace/data_notes.hpp"
#include "millrace/prepare.hpp"
#include "millrace/split.hpp"
#include "millrace/table_builder.hpp"
#include "millrace/unread_cells.hpp"
#include "owned_array.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace millrace::python {

namespace {

using Names = std::vector<std::string>;
template <class Item>
using Column = nb::ndarray<const Item, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

constexpr std::array all_kinds{ColumnKind::number, ColumnKind::category, ColumnKind::boolean,
                               ColumnKind::date,   ColumnKind::label,    ColumnKind::ignored};

template <class Item>
std::span<const Item> span_of(const Column<Item>& column) {
  return {column.data(), column.size()};
}

void add_texts(TableBuilder& builder, const std::string& name, nb::handle texts) {
  std::vector<std::optional<std::string_view>> views;
  views.reserve(nb::len(texts));
  for (nb::handle each : texts) {
    if (each.is_none())
      views.emplace_back();
    else
      views.emplace_back(nb::cast<std::string_view>(each));
  }
  builder.texts(name, views);
}

// A column as millrace/_tables.py describes it: (what it is, name, values ...).
void add_column(TableBuilder& builder, const nb::tuple& column) {
  const auto kind = nb::cast<std::string>(column[0]);
  const auto name = nb::cast<std::string>(column[1]);
  if (kind == "numbers")
    builder.numbers(name, span_of(nb::cast<Column<double>>(column[2])));
  else if (kind == "dates")
    builder.dates(name, span_of(nb::cast<Column<double>>(column[2])));
  else if (kind == "booleans")
    builder.booleans(name, span_of(nb::cast<Column<std::int8_t>>(column[2])));
  else if (kind == "levels")
    builder.levels(name, nb::cast<Names>(column[2]), span_of(nb::cast<Column<std::int32_t>>(column[3])));
  else if (kind == "texts")
    add_texts(builder, name, column[2]);
  else
    builder.unusable(name, nb::cast<std::int64_t>(column[2]), nb::cast<std::string>(column[3]));
}

Table table_from_columns(nb::handle columns, const TableOptions& options) {
  TableBuilder builder;
  for (nb::handle column : columns) add_column(builder, nb::cast<nb::tuple>(column));
  return builder.finish(options);
}

Table table_from_stream(nb::handle given, const TableOptions& options) {
  const nb::object capsule = given.attr("__arrow_c_stream__")();
  constexpr const char* name = "arrow_array_stream";
  if (!PyCapsule_IsValid(capsule.ptr(), name))
    fail(ErrorKind::usage, "table", "__arrow_c_stream__ returned no Arrow stream, expected one");
  auto* const stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.ptr(), name));
  const GilReleased unlocked;
  return read_arrow(stream, options, "table");
}

TableOptions table_options(const std::string& target, Names ignore, nb::handle kinds, const char* who) {
  return {.target = target, .ignore = std::move(ignore), .kinds = kinds_from(kinds, who), .format = {}};
}

char character(const std::string& text, const char* what) {
  if (text.size() > 1)
    fail(ErrorKind::usage, "read_table", std::string(what) + " is '" + text + "', expected one character");
  return text.empty() ? '\0' : text[0];
}

std::optional<DateOrder> date_order_from(const std::string& name, const char* who) {
  if (name.empty()) return std::nullopt;
  if (name == "month_first") return DateOrder::month_first;
  if (name == "day_first") return DateOrder::day_first;
  fail(ErrorKind::usage, who, "date_order is '" + name + "', expected month_first or day_first");
}

Table read_file(nb::handle path, const std::string& target, Names ignore, nb::object kinds,
                const std::string& delimiter, bool header, const std::string& comment, const std::string& encoding,
                const std::string& decimal, const std::string& thousands, bool percent, bool currency,
                std::int64_t skip_lines, std::int64_t skip_footer, Names missing_marks, const std::string& date_order,
                Names classes) {
  TableOptions options = table_options(target, std::move(ignore), kinds, "read_table");
  if (!classes.empty()) options.classes[target] = std::move(classes);
  TextFormat& format = options.format;
  format.delimiter = delimiter == "blanks" ? TextFormat::blanks : character(delimiter, "delimiter");
  format.header = header;
  format.comment = character(comment, "comment");
  format.encoding = encoding;
  format.decimal = character(decimal, "decimal");
  format.thousands = character(thousands, "thousands");
  format.percent = percent;
  format.currency = currency;
  format.skip_lines = skip_lines;
  format.skip_footer = skip_footer;
  format.missing_marks = std::move(missing_marks);
  format.date_order = date_order_from(date_order, "read_table");
  Names paths;
  if (nb::isinstance<nb::list>(path) || nb::isinstance<nb::tuple>(path)) {
    for (nb::handle each : path) paths.push_back(path_from(each, "read_table"));
  } else {
    paths.push_back(path_from(path, "read_table"));
  }
  const GilReleased unlocked;
  return read_training_table(paths, options, {target});
}

nb::object numbers_of(const Table& table, const std::string& name) {
  const TableColumn& column = table.column(name);
  if (column.kind != ColumnKind::number)
    fail(ErrorKind::usage, "numbers",
         "column '" + name + "' has the kind " + std::string(kind_name(column.kind)) + ", expected numbers");
  std::vector<double> numbers;
  for (std::int64_t row = 0; row < table.rows; ++row)
    numbers.push_back(column.exact >= 0 ? table.dates[column.exact][row] : double{table.values.row(row)[column.place]});
  const std::size_t shape[] = {numbers.size()};
  return owned_array(numbers, shape);
}

nb::object indices_of(const Table& table, const std::string& name) {
  const TableColumn& column = table.column(name);
  if (column.kind == ColumnKind::ignored || column.levels.empty())
    fail(ErrorKind::usage, "indices",
         "column '" + name + "' has the kind " + std::string(kind_name(column.kind)) + ", expected one with levels");
  std::vector<double> indices;
  for (std::int64_t row = 0; row < table.rows; ++row) indices.push_back(double{table.values.row(row)[column.place]});
  const std::size_t shape[] = {indices.size()};
  return owned_array(indices, shape);
}

nb::list reports_of(const Table& table) {
  std::vector<ColumnReport> reports;
  {
    const GilReleased unlocked;
    reports = describe(table);
  }
  nb::list all;
  for (const ColumnReport& report : reports) {
    nb::dict values;
    values["name"] = report.name;
    values["kind"] = kind_name(report.kind);
    values["missing"] = report.missing;
    values["distinct"] = report.distinct;
    values["least"] = report.least;
    values["most"] = report.most;
    values["examples"] = report.examples;
    values["obstacles"] = report.obstacles;
    all.append(values);
  }
  return all;
}

nb::object rows_array(const std::vector<std::int64_t>& rows) {
  const std::size_t shape[] = {rows.size()};
  return owned_array(rows, shape);
}

SplitWay split_way(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, SplitWay>, 5> ways{{{"last", SplitWay::last},
                                                                       {"stratified", SplitWay::stratified},
                                                                       {"random", SplitWay::random},
                                                                       {"group", SplitWay::group},
                                                                       {"time", SplitWay::time}}};
  for (const auto& [known, way] : ways) {
    if (name == known) return way;
  }
  fail(ErrorKind::usage, "split_rows", "way is '" + name + "', expected last, stratified, random, group or time");
}

template <class Rows>
void bind_rows(nb::module_& m, const char* rows_of, const char* split_of) {
  m.def(
      "split_rows",
      [](const Rows& data, double fraction, const std::string& way, std::uint64_t seed, const std::string& target,
         const std::string& column) {
        const RowSplit split = split_rows(
            data, {.way = split_way(way), .fraction = fraction, .seed = seed, .target = target, .column = column});
        return nb::make_tuple(rows_array(split.train), rows_array(split.validation));
      },
      "data"_a, "fraction"_a = 0.2, "way"_a = "stratified", nb::kw_only(), "seed"_a = 0, "target"_a = "",
      "column"_a = "", split_of);
  m.def(
      "select_rows", [](const Rows& data, const std::vector<std::int64_t>& rows) { return select_rows(data, rows); },
      "data"_a, "rows"_a, rows_of);
}

}  // namespace

std::map<std::string, ColumnKind> kinds_from(nb::handle given, const char* who) {
  std::map<std::string, ColumnKind> named;
  if (given.is_none()) return named;
  if (!nb::isinstance<nb::dict>(given)) fail(ErrorKind::usage, who, "kinds is no dictionary, expected {column: kind}");
  for (const auto [key, value] : nb::cast<nb::dict>(given)) {
    const auto word = nb::cast<std::string>(nb::str(value));
    const auto kind = std::ranges::find(all_kinds, std::string_view(word), kind_name);
    if (kind == all_kinds.end())
      fail(ErrorKind::usage, who,
           "the kind of a column is '" + word + "', expected number, category, boolean, date, label or ignore");
    named.emplace(nb::cast<std::string>(nb::str(key)), *kind);
  }
  return named;
}

nb::dict dictionary_from(const std::map<std::string, ColumnKind>& named) {
  nb::dict all;
  for (const auto& [name, kind] : named) all[name.c_str()] = kind_name(kind);
  return all;
}

nb::dict dictionary_from(const TableColumn& column) {
  nb::dict values;
  values["name"] = column.name;
  values["kind"] = kind_name(column.kind);
  values["missing"] = column.missing;
  values["levels"] = column.levels;
  values["obstacles"] = column.obstacles;
  nb::dict marks;
  for (const auto& [mark, cells] : column.marks) marks[mark.c_str()] = cells;
  values["marks"] = marks;
  return values;
}

namespace {

nb::list tuples_of(const std::vector<FarValue>& values) {
  nb::list all;
  for (const FarValue& each : values) all.append(nb::make_tuple(each.value, each.text));
  return all;
}

}  // namespace

Table table_from(nb::handle given, const TableOptions& options, const char* who) {
  if (nb::isinstance<Table>(given)) return nb::cast<const Table&>(given);
  const nb::module_ tables = nb::module_::import_("millrace._tables");
  if (nb::cast<bool>(tables.attr("is_stream")(given))) return table_from_stream(given, options);
  return table_from_columns(tables.attr("columns")(given, who), options);
}

void bind_table(nb::module_& m) {
  nb::class_<Table>(
      m, "Table",
      "A table whose columns are numbers, categories, booleans or dates, with missing cells. It holds what "
      "its source says: nothing is filled in, scaled or encoded.")
      .def(
          "__init__",
          [](Table* self, nb::object columns, const std::string& target, Names ignore, nb::object kinds) {
            new (self) Table(table_from(columns, table_options(target, std::move(ignore), kinds, "Table"), "Table"));
          },
          "columns"_a, nb::kw_only(), "target"_a = "", "ignore"_a = Names{}, "kinds"_a = nb::none(),
          "columns: a frame of pandas, Polars or PyArrow, any object with an Arrow stream, or {name: values}. Types "
          "say what a column is: numbers and durations (in seconds), texts and categories, booleans, dates; NaN, "
          "None, NA and NaT are missing. kinds: {column: \"number\", \"category\", \"boolean\", \"date\" or "
          "\"ignore\"} in place of that. target: the column that is to be predicted; one of texts, of booleans, or "
          "of 0 and 1, or of 2 to 20 whole numbers, each in 10 rows or more, holds classes. Raises UsageError, "
          "DataError.")
      .def_ro("rows", &Table::rows, "Number of rows.")
      .def("__len__", [](const Table& self) { return self.rows; })
      .def_prop_ro(
          "columns",
          [](const Table& self) {
            nb::list all;
            for (const TableColumn& column : self.columns) all.append(dictionary_from(column));
            return all;
          },
          "The columns in order, each a dictionary: name, kind, missing (a count), levels, obstacles (what keeps it "
          "from being of use), marks (of a target: how many cells say NA, None or the like, and are missing).")
      .def("numbers", &numbers_of, "name"_a,
           "The numbers of a column as float64, NaN where missing: of a target before they were rounded to fp32 where "
           "that matters.")
      .def("indices", &indices_of, "name"_a,
           "The index of each row's cell among the levels of the column, float64, NaN where missing.")
      .def_prop_ro(
          "names",
          [](const Table& self) {
            Names all;
            for (const TableColumn& column : self.columns) all.push_back(column.name);
            return all;
          },
          "The names of all columns, in order.")
      .def("describe", &reports_of,
           "One dictionary for each column: name, kind, missing, distinct, least, most, examples (of a category: the "
           "most frequent levels), obstacles.");
  m.def("read_table", &read_file, "path"_a.none(), "target"_a = "", nb::kw_only(), "ignore"_a = Names{},
        "kinds"_a = nb::none(), "delimiter"_a = "", "header"_a = true, "comment"_a = "", "encoding"_a = "",
        "decimal"_a = ".", "thousands"_a = "", "percent"_a = false, "currency"_a = false, "skip_lines"_a = 0,
        "skip_footer"_a = 0, "missing_marks"_a = Names{}, "date_order"_a = "", "classes"_a = Names{},
        "Reads a CSV file, a pattern of files or a list of them into a Table, and infers what each column is from all "
        "of its cells, as `millrace train` does. The options are those of the program and of Table. Raises DataError, "
        "UsageError.");
  m.def(
      "far_values", [](const Table& table, const Names& columns) { return tuples_of(far_values(table, columns)); },
      "table"_a, "columns"_a,
      "[(value, sentence)] of numbers in these columns that probably stand for missing values, such as -9999.");
  m.def(
      "far_values", [](const Dataset& data) { return tuples_of(far_values(data)); }, "data"_a,
      "The same for the features of a Dataset, of numbers that are often marks.");
  m.def(
      "sentences",
      [](const std::vector<std::tuple<std::string, std::string, bool>>& notes) {
        std::vector<ColumnNote> found;
        for (const auto& [column, text, left_out] : notes) found.push_back({column, text, left_out});
        return sentences(found);
      },
      "notes"_a,
      "Notes (column, text, whether the column is left out) as sentences. Columns that differ in nothing but their "
      "names share one.");
  bind_rows<Table>(m, "These rows of a Table, copied, in the order given.",
                   "Row numbers (training, validation) of a Table. way: last, stratified (by the column `target`), "
                   "random, group or time (by `column`).");
  bind_rows<Dataset>(m, "These rows of a Dataset, in the order given; the memory is shared.",
                     "Row numbers (training, validation) of a Dataset. way: last, stratified or random.");
}

}  // namespace millrace::python
