// SPDX-License-Identifier: Apache-2.0
//
// millrace evaluate: the loss and the metrics of a model on a table.
#include "cli/commands/data_file.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/report.hpp"
#include "millrace/targets.hpp"

namespace millrace::cli {

namespace {

void evaluate(const Settings& settings) {
  const DataFiles table = data_setting(settings);
  const int threads = settings.threads();
  const bool json = settings.boolean("json", false), confusion = settings.boolean("confusion", false);
  Model model = load_model(settings.argument);
  const LossConfig loss = model.compiled().loss;
  if (loss.op.empty()) fail(ErrorKind::usage, "evaluate", settings.argument + " has no loss, expected a trained model");

  Dataset data = read_model_data(model, {.who = "evaluate",
                                         .model_path = settings.argument,
                                         .data = table,
                                         .targets = true,
                                         .target = settings.names("target"),
                                         .weight = settings.text("sample-weight"),
                                         .threads = threads});
  fit_targets(data, model);
  const Evaluation result = model.evaluate(data, threads);
  if (!confusion) {
    print(json ? evaluation_json(result) : evaluation_text(result) + "\n");
    return;
  }
  const TargetKind kind = target_kind(loss);
  if (kind == TargetKind::numbers || (kind == TargetKind::labels && model.output_width() > 1)) {
    fail(ErrorKind::usage, "evaluate",
         "--confusion for a model with the loss " + loss.op + " and " + std::to_string(model.output_width()) +
             " outputs, expected a model that tells classes apart");
  }
  const ConfusionMatrix matrix = model.confusion(data, model.threshold(), threads);
  print(json ? evaluation_json(result, matrix) : evaluation_text(result) + "\n" + confusion_text(matrix));
}

std::vector<HelpSection> notes() {
  return {{.text =
               "The loss and the metrics are those that the model was trained with. Columns are found by name, in any "
               "order; the model ignores other columns."}};
}

}  // namespace

Command evaluate_command() {
  std::vector<Flag> flags{
      {"data", "FILE|PATTERN", "Data", "The table: .csv, .tsv or .npy, with the target; - reads CSV from stdin"}};
  for (const Flag& flag : text_flags()) flags.push_back(flag);
  const std::vector<Flag> others{
      {"target", "COLUMN,...", "Data",
       "The target's column if the model knows it by another name; for .npy the file of the targets"},
      {"sample-weight", "COLUMN", "Data", "The column with the weight of each row"},
      {"confusion", "", "Output", "Also count the rows by actual and predicted class"},
      {"threads", "N|auto", "Output", "Threads that compute. Default: auto"},
      {"json", "", "Output", "Print the results as one JSON object"}};
  flags.insert(flags.end(), others.begin(), others.end());
  return {"evaluate", "Computes the loss and the metrics of a model on a table", "MODEL.onnx", flags, notes, evaluate};
}

}  // namespace millrace::cli
