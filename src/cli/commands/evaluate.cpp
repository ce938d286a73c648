// SPDX-License-Identifier: Apache-2.0
//
// millrace evaluate: how good a model is on a table.
#include "cli/commands/data_file.hpp"
#include "cli/commands/labels.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/report.hpp"

namespace millrace::cli {

namespace {

void evaluate(const Settings& settings) {
  const std::string path = data_setting(settings);
  const int threads = settings.threads();
  const bool json = settings.boolean("json", false), confusion = settings.boolean("confusion", false);
  Model model = load_model(settings.argument);
  const LossConfig& loss = model.compiled().loss;
  if (loss.op.empty())
    fail(ErrorKind::usage, "evaluate", settings.argument + " names no loss, expected a model that was trained");

  Dataset data = read_model_data(model, {.who = "evaluate",
                                         .model_path = settings.argument,
                                         .path = path,
                                         .targets = true,
                                         .target = settings.names("target"),
                                         .weight = settings.text("sample-weight"),
                                         .delimiter = delimiter_setting(settings, path),
                                         .header = header_setting(settings, path),
                                         .threads = threads});
  fit_targets(data, *make_loss(loss), loss.op, model.output_width());
  const Evaluation result = model.evaluate(data, threads);
  if (!confusion) {
    print(json ? evaluation_json(result) : evaluation_text(result) + "\n");
    return;
  }
  const TargetKind kind = make_loss(loss)->targets();
  if (kind == TargetKind::numbers || (kind == TargetKind::labels && model.output_width() > 1)) {
    fail(ErrorKind::usage, "evaluate",
         "--confusion of a model with the loss " + loss.op + " and " + std::to_string(model.output_width()) +
             " outputs, expected one that tells classes apart");
  }
  const ConfusionMatrix matrix = model.confusion(data, make_loss(loss)->threshold(), threads);
  print(json ? evaluation_json(result, matrix) : evaluation_text(result) + "\n" + confusion_text(matrix));
}

std::string notes() {
  return "Loss and metrics are those the model was trained with. Columns are found by name, in any order; columns that "
         "the\n"
         "model does not use are not read.\n";
}

}  // namespace

Command evaluate_command() {
  return {"evaluate",
          "Loss and metrics of a model on a table",
          "MODEL.onnx",
          {{"data", "FILE", "Data", "The table: .csv, .tsv or .npy, with the target; - reads CSV from stdin"},
           delimiter_flag,
           no_header_flag,
           {"target", "COLUMN,...", "Data",
            "Its target, where the model knows it by another name; for .npy the file of the targets"},
           {"sample-weight", "COLUMN", "Data", "Column of what each row weighs"},
           {"confusion", "", "Output", "Also how many rows of which class were said to be of which"},
           {"threads", "N|auto", "Output", "Default auto"},
           {"json", "", "Output", "The values as one JSON object"}},
          {},
          notes,
          evaluate};
}

}  // namespace millrace::cli
