// SPDX-License-Identifier: Apache-2.0
//
// millrace export: the model of a checkpoint as ONNX.
#include "cli/commands/model_file.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/report.hpp"
#include "cli/settings/command.hpp"

namespace millrace::cli {

namespace {

void export_model(const Settings& settings) {
  const std::string out = settings.required_text("out", "a .onnx file");
  const bool json = settings.boolean("json", false);
  keep_apart("export", {{"CHECKPOINT", settings.argument}}, {{"--out", out}});
  Model model = load_checkpoint(settings.argument);
  model.export_onnx(out);
  const std::vector<NamedFile> files{{"model", out}};
  print(json ? files_json(files) : "wrote " + out + "\n");
}

std::string notes() {
  return "The file appears under its name only after it was checked and gave the model's own numbers.\n";
}

}  // namespace

Command export_command() {
  return {"export",
          "Writes the model of a checkpoint as ONNX",
          "CHECKPOINT",
          {{"out", "FILE.onnx", "Output", "Where the model goes"},
           {"json", "", "Output", "The files that were written as a JSON object"}},
          {},
          notes,
          export_model};
}

}  // namespace millrace::cli
