// SPDX-License-Identifier: Apache-2.0
//
// millrace predict: computes the outputs of a model for the rows of a table.
#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/far_rows.hpp"
#include "cli/commands/model_data.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/commands/prediction_table.hpp"
#include "cli/screen/activity.hpp"
#include "cli/screen/console.hpp"
#include "table/npy/write.hpp"

namespace millrace::cli {

namespace {

constexpr std::size_t piece =
    1 << 20;  // written at once: the text of a long table is several times as large as its numbers

template <class Write>
void write_text(const PredictionTable& table, const RowsToPredict& rows, const Matrix& outputs, const Write& write) {
  KeptCells kept = rows.kept;
  std::string text = table.header();
  for (std::int64_t r = 0; r < std::ssize(rows.place); ++r) {
    text += table.row(rows.place[r] < 0 ? nullptr : outputs.row(rows.place[r]), kept.next());
    if (text.size() < piece) continue;
    write(text);
    text.clear();
  }
  write(text);
}

// NaN for a row without a score.
void write_array(AtomicFile& file, const RowsToPredict& rows, const Matrix& outputs, std::int64_t width) {
  file.write(npy_header(std::ssize(rows.place), width));
  const std::vector<float> none(width, std::numeric_limits<float>::quiet_NaN());
  for (const std::int64_t place : rows.place)
    file.write(std::as_bytes(std::span(place < 0 ? none.data() : outputs.row(place), width)));
}

// row,place,column,cell,problem
void write_unread(const std::string& path, char delimiter, const std::vector<UnreadCell>& unread) {
  std::string text = csv_line({"row", "place", "column", "cell", "problem"}, delimiter);
  for (const UnreadCell& cell : unread)
    text += csv_line({std::to_string(cell.row + 1), cell.place, cell.column, cell.text, cell.problem}, delimiter);
  if (path == "-") return print(text);
  write_file_atomically(path, text);
}

std::string unread_text(const std::vector<UnreadCell>& unread) {
  const UnreadCell& first = unread.front();
  std::int64_t rows = 0, last = -1;
  for (const UnreadCell& cell : unread) rows += std::exchange(last, cell.row) != cell.row ? 1 : 0;
  return counted(rows, "row cannot be read and has", "rows cannot be read and have") + " no score: " + first.place +
         (first.column.empty() ? "" : ", column " + excerpt(first.column)) + ": " + first.problem;
}

struct Request {
  DataFiles data;
  std::string out, unread;
  std::vector<std::string> keep;
  PredictionStyle style;
  bool json = false, strict = false, array = false;
  char unread_delimiter = ',';
  int threads = 0;
};

Request read_request(const Settings& settings) {
  Request request{.data = data_setting(settings),
                  .out = settings.required_text("out", "a .csv, .tsv or .npy file, or - for stdout"),
                  .unread = settings.text("unread"),
                  .keep = settings.names("keep"),
                  .style = {},
                  .json = settings.boolean("json", false),
                  .strict = settings.boolean("strict", false),
                  .threads = settings.threads()};
  const bool to_stdout = request.out == "-";
  std::vector<NamedFile> read = read_files("predict", request.data);
  read.push_back({"MODEL.onnx", settings.argument});
  keep_apart("predict", read,
             {{"--out", to_stdout ? "" : request.out}, {"--unread", request.unread == "-" ? "" : request.unread}});
  request.array = !to_stdout && is_array_name(request.out);
  request.style.classes_only = settings.boolean("classes-only", false);
  if (settings.has("threshold")) request.style.threshold = settings.number("threshold", 0.5);
  request.style.kept = request.keep;
  if (request.array && (!request.keep.empty() || request.style.classes_only))
    fail(ErrorKind::usage, "predict",
         "--keep and --classes-only write text, and '" + request.out + "' holds numbers, expected a .csv or .tsv file");
  if (!request.array)
    request.style.delimiter = delimiter_of_output(request.out, "predict", "--out", ".csv, .tsv, .npy, or - for stdout");
  request.unread_delimiter = delimiter_of_output(request.unread, "predict", "--unread", ".csv, .tsv, or - for stdout");
  require_writable({{"--unread", request.unread == "-" ? "" : request.unread}});
  if (request.data.is_array() && !request.keep.empty())
    settings.find("keep")->fail_with("columns of '" + request.data.name() +
                                     "' have no names, expected a .csv or .tsv file");
  return request;
}

// Every row of the array has a place.
RowsToPredict read_array_to_predict(const Model& model, const ModelData& data) {
  RowsToPredict rows{.data = read_model_data(model, data), .place = {}, .unread = {}};
  for (std::int64_t r = 0; r < rows.data.rows(); ++r) rows.place.push_back(r);
  leave_out_far_rows(model, nullptr, {}, rows);
  return rows;
}

// --strict
void refuse_unread(const RowsToPredict& rows, const Request& request) {
  if (!request.strict || rows.unread.empty()) return;
  const UnreadCell& first = rows.unread.front();
  fail(ErrorKind::data, "predict",
       request.data.name() + " " + first.place + (first.column.empty() ? "" : ", column " + excerpt(first.column)) +
           ": " + first.problem);
}

RowsToPredict read_rows(const Model& model, const Request& request, const Settings& settings) {
  const ModelData data{.who = "predict",
                       .model_path = settings.argument,
                       .data = request.data,
                       .targets = false,
                       .target = {},
                       .weight = "",
                       .threads = request.threads,
                       .features = settings.names("features")};
  if (request.data.is_array() && settings.has("features"))
    settings.find("features")
        ->fail_with("columns of '" + request.data.name() + "' have no names, expected a .csv or .tsv file");
  RowsToPredict rows =
      request.data.is_array() ? read_array_to_predict(model, data) : read_rows_to_predict(model, data, request.keep);
  refuse_unread(rows, request);
  return rows;
}

void predict(const Settings& settings) {
  const Request request = read_request(settings);
  const Model model = load_model(settings.argument);
  const PredictionTable table(model, request.style);
  // Opened first, so that a folder that takes no files is reported before the work.
  std::optional<AtomicFile> file;
  if (request.out != "-") file.emplace(request.out);
  Activity activity(false, "predicting " + request.data.name());
  const RowsToPredict rows = read_rows(model, request, settings);
  const Matrix outputs = rows.data.features.rows > 0 ? model.predict(rows.data, request.threads) : Matrix();
  activity.end();
  for (const std::string& text : rows.notes) note("[predict] " + text);

  if (!rows.unread.empty()) {
    const std::string list = request.unread.empty()
                                 ? "; --unread FILE.csv lists all"
                                 : "; " + (request.unread == "-" ? "stdout" : request.unread) + " lists all";
    note("[predict] " + unread_text(rows.unread) + list);
  }
  if (!request.unread.empty()) write_unread(request.unread, request.unread_delimiter, rows.unread);
  if (!file) return write_text(table, rows, outputs, [](const std::string& text) { print_data(text); });
  if (request.array)
    write_array(*file, rows, outputs, model.output_width());
  else
    write_text(table, rows, outputs, [&](const std::string& text) { file->write(text); });
  file->commit();
  const std::int64_t count = std::ssize(rows.place);
  const std::string unscored = std::to_string(std::count(rows.place.begin(), rows.place.end(), -1));
  if (request.unread == "-") return;  // stdout has the list
  print(request.json ? "{\"rows\":" + std::to_string(count) + ",\"unscored\":" + unscored + "}\n"
                     : counted(count, "row") + " written to " + request.out + "\n");
}

std::vector<HelpSection> notes() {
  return {
      {.title = "Columns of the file, one for each output unit and a last one called prediction",
       .entries = {{"several classes", "named as the classes; the prediction is the class with the largest output"},
                   {"two classes",
                    "one column, named as the second class; the prediction is a class. Classes without names are 0 and "
                    "1, and the column is output_1"},
                   {"one number", "named as the target; the prediction is the same number"},
                   {"several numbers or labels", "named as the targets; there is no prediction"}}},
      {.text = "Outputs without a name, or with the name prediction, are output_1, output_2, ... A name that is taken "
               "already gets a number. Every number reads back as the same float."},
      {.text =
           "A row with a cell that cannot be read has empty outputs, and does not stop the other rows. Missing cells, "
           "and categories that training did not have, are prepared as in training, if the model was trained on a "
           "table with such columns; a model of numbers alone needs every number."},
      {.text =
           "Columns of the table are found by name, in any order; the model ignores other columns. Columns of an array "
           "(.npy, .npz, IDX, LIBSVM), and those of a model that was trained on one, are taken by position."}};
}

}  // namespace

Command predict_command() {
  std::vector<Flag> flags{
      {"data", "FILE|PATTERN", "Data", "The table: .csv, .tsv, .npy, .npz, IDX or LIBSVM; - reads CSV from stdin"}};
  for (const Flag& flag : text_flags()) flags.push_back(flag);
  const std::vector<Flag> others{
      {"features", "COLUMN,...", "Data",
       "The columns to predict from, in the order of the model, if it knows no names. Default: all"},
      {"out", "FILE.csv", "Output",
       "The file to write: .csv, .tsv with tabs, or .npy with the outputs only; - is stdout"},
      {"keep", "COLUMN,...", "Output", "Columns of the table to carry through as they are, ahead of the outputs"},
      {"threshold", "T", "Output", "A single output above it means the second class. Default: that of the model"},
      {"classes-only", "", "Output", "Write the predicted class only"},
      {"unread", "FILE.csv", "Output",
       "List the cells that cannot be read, with line, column and problem; - is stdout"},
      {"strict", "", "Output", "Stop at the first cell that cannot be read, with exit code 3"},
      {"threads", "N|auto", "Output", "Threads that compute. Default: auto"},
      {"json", "", "Output", "Print the numbers of rows, in all and without a score, as a JSON object"}};
  flags.insert(flags.end(), others.begin(), others.end());
  using enum FlagRule::Relation;
  return {.name = "predict",
          .summary = "Computes the outputs of a model for the rows of a table",
          .argument = "MODEL.onnx",
          .flags = std::move(flags),
          .notes = notes,
          .run = predict,
          .rules = {{"out=-", excludes, "json", "both write to stdout"},
                    {"unread=-", excludes, "out=-,json", "both write to stdout"},
                    {"strict", excludes, "unread",
                     "contradict each other: the first stops at the first cell that cannot be read"}}};
}

}  // namespace millrace::cli
