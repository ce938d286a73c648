// SPDX-License-Identifier: Apache-2.0
//
// millrace export: writes the model of a checkpoint as ONNX.
#include "base/mapped_file.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/commands/temporary_folder.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/report.hpp"
#include "cli/screen/terminal.hpp"
#include "cli/settings/data_settings.hpp"

namespace millrace::cli {

namespace {

// The exporter checks the file before it gives it its name, so stdout gets the bytes of a temporary one.
void export_to_stdout(Model& model) {
  const TemporaryFolder folder;
  const std::string path = folder.file("model.onnx");
  model.export_onnx(path);
  print_data(MappedFile(path, "export").bytes());
}

void export_model(const Settings& settings) {
  const std::string out = onnx_output_setting(settings);
  const bool json = settings.boolean("json", false), to_stdout = out == "-";
  if (to_stdout && json)
    fail(ErrorKind::usage, "export", "--out - and --json both write to stdout, expected one of them");
  if (to_stdout && is_terminal(Stream::out))
    fail(ErrorKind::usage, "export", "--out - would write the model to the terminal, expected a file or a pipe");
  keep_apart("export", {{"CHECKPOINT", settings.argument}}, {{"--out", to_stdout ? "" : out}});
  Model model = load_checkpoint(settings.argument);
  if (to_stdout) return export_to_stdout(model);
  model.export_onnx(out);
  const std::vector<NamedFile> files{{"model", out}};
  print(json ? files_json(files) : "wrote " + out + "\n");
}

std::vector<HelpSection> notes() {
  return {
      {.text =
           "The file gets its name only after it was checked and gave the same numbers as the checkpoint's model."}};
}

}  // namespace

Command export_command() {
  return {"export",
          "Writes the model of a checkpoint as ONNX",
          "CHECKPOINT",
          {{"out", "FILE.onnx", "Output", "The file to write; - is stdout"},
           {"json", "", "Output", "Print the names of the written files as one JSON object"}},
          notes,
          export_model};
}

}  // namespace millrace::cli
