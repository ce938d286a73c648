// SPDX-License-Identifier: Apache-2.0
//
// millrace predict: computes the outputs of a model for the rows of a table.
#include <optional>

#include "base/atomic_file.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/commands/prediction_table.hpp"
#include "cli/screen/console.hpp"

namespace millrace::cli {

namespace {

// Writes in pieces: the text of a long table is several times as large as its numbers.
template <class Write>
void write_rows(const PredictionTable& table, const Matrix& outputs, const Write& write) {
  constexpr std::size_t piece = 1 << 20;
  std::string text = table.header();
  for (std::int64_t r = 0; r < outputs.rows(); ++r) {
    text += table.row(outputs.row(r));
    if (text.size() < piece) continue;
    write(text);
    text.clear();
  }
  write(text);
}

void predict(const Settings& settings) {
  const DataFiles input = data_setting(settings);
  const std::string out = settings.required_text("out", "a .csv or .tsv file, or - for stdout");
  const int threads = settings.threads();
  const bool json = settings.boolean("json", false), to_stdout = out == "-";
  if (json && to_stdout)
    fail(ErrorKind::usage, "predict", "--out - and --json both write to stdout, expected one of them");

  keep_apart("predict", {{"MODEL.onnx", settings.argument}, {"--data", input.paths[0]}},
             {{"--out", to_stdout ? "" : out}});
  const char delimiter = delimiter_of_output(out);

  Model model = load_model(settings.argument);
  // Opened first, so that a folder that takes no files is reported before the work.
  std::optional<AtomicFile> file;
  if (!to_stdout) file.emplace(out);
  const Dataset data = read_model_data(model, {.who = "predict",
                                               .model_path = settings.argument,
                                               .data = input,
                                               .targets = false,
                                               .target = {},
                                               .weight = "",
                                               .threads = threads});
  const Matrix outputs = model.predict(data, threads);

  const PredictionTable table(model, delimiter);
  if (to_stdout) return write_rows(table, outputs, [](const std::string& text) { print_data(text); });
  write_rows(table, outputs, [&](const std::string& text) { file->write(text); });
  file->commit();
  const std::string rows = std::to_string(outputs.rows());
  print(json ? "{\"rows\":" + rows + "}\n" : rows + " rows written to " + out + "\n");
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
      {.text = "Outputs without a name, or with the name prediction, are output_1, output_2, ... Every number reads "
               "back as "
               "the same float."},
      {.text =
           "Columns of the table are found by name, in any order; the model ignores other columns. Columns of a .npy "
           "file, and those of a model that was trained on one, are taken by position."}};
}

}  // namespace

Command predict_command() {
  std::vector<Flag> flags{{"data", "FILE|PATTERN", "Data", "The table: .csv, .tsv or .npy; - reads CSV from stdin"}};
  for (const Flag& flag : text_flags()) flags.push_back(flag);
  const std::vector<Flag> others{
      {"out", "FILE.csv", "Output", "The file to write: .csv, or .tsv with tabs; - is stdout"},
      {"threads", "N|auto", "Output", "Threads that compute. Default: auto"},
      {"json", "", "Output", "Print the number of rows as a JSON object"}};
  flags.insert(flags.end(), others.begin(), others.end());
  return {"predict", "Computes the outputs of a model for the rows of a table", "MODEL.onnx", flags, notes, predict};
}

}  // namespace millrace::cli
