// SPDX-License-Identifier: Apache-2.0
//
// millrace export: writes the model of a checkpoint as ONNX.
#include <algorithm>
#include <iterator>
#include <optional>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/mapped_file.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/commands/quantized_export.hpp"
#include "cli/commands/temporary_folder.hpp"
#include "cli/commands/threshold.hpp"
#include "cli/commands/trained_model.hpp"
#include "cli/screen/activity.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/report.hpp"
#include "cli/screen/terminal.hpp"
#include "cli/settings/data_settings.hpp"
#include "cli/settings/onnx_settings.hpp"

namespace millrace::cli {

namespace {

// The exporter checks the file before it gives it its name, so stdout gets the bytes of a temporary one.
void export_to_stdout(Model& model, const OnnxOptions& options) {
  const TemporaryFolder folder;
  const std::string path = folder.file("model.onnx");
  model.export_onnx(path, options);
  print_data(MappedFile(path, "export").bytes());
}

// The fp32 model is written to a temporary file, for ONNX Runtime to compare with.
void export_smaller(const Model& model, const std::string& out, const QuantizeOptions& options,
                    const Settings& settings) {
  const TemporaryFolder folder;
  const bool to_stdout = out == "-";
  const std::string full = folder.file("full.onnx"), small = to_stdout ? folder.file("small.onnx") : out;
  Activity activity(false, "writing and checking " + out);
  const QuantizeReport report = export_quantized(model, small, options, settings);
  activity.end();
  if (to_stdout) return print_data(MappedFile(small, "export").bytes());
  model.export_onnx(full, options.onnx);
  const RuntimeSpeed speed = measure_in_runtime(full, small);
  const bool json = settings.boolean("json", false);
  print(json ? quantize_json(report, speed, out)
             : quantize_text(report, speed, options.numbers) + "wrote " + out + "\n");
}

std::string wrote(const std::vector<NamedFile>& files) {
  std::string text;
  for (const NamedFile& file : files) text += "wrote " + file.path + "\n";
  return text;
}

void write_and_check(const Model& model, const std::string& out, const OnnxOptions& options) {
  const Activity activity(false, "writing and checking " + out);
  model.export_onnx(out, options);
}

void export_model(const Settings& settings) {
  const std::string out = onnx_output_setting(settings);
  const bool json = settings.boolean("json", false), to_stdout = out == "-";
  if (to_stdout && is_terminal(Stream::out))
    fail(ErrorKind::usage, "export", "--out - would write the model to the terminal, expected a file or a pipe");
  const OnnxSettings onnx = onnx_settings(settings);
  const OnnxOptions& options = onnx.options;
  const std::optional<double> threshold = threshold_setting(settings);
  const std::string sidecar = sidecar_setting(settings);
  std::optional<QuantizeOptions> smaller = quantize_setting(settings);
  std::vector<NamedFile> read = files_to_quantize(settings);
  read.push_back({"CHECKPOINT|MODEL.onnx", settings.argument});
  keep_apart("export", read, {{"--out", to_stdout ? "" : out}, {"--sidecar", sidecar}});
  require_writable({{"--out", to_stdout ? "" : out}, {"--sidecar", sidecar}});
  Model model =
      is_checkpoint(settings.argument) ? load_checkpoint(settings.argument) : Model::load_onnx(settings.argument);
  if (threshold) {
    check_threshold("export", *threshold, model);
    model.set_threshold(*threshold);
  }
  check_export(model, onnx);
  choose_loss(model, settings);
  if (smaller) {
    smaller->onnx = options;
    return export_smaller(model, out, *smaller, settings);
  }
  std::vector<NamedFile> files{{"model", out}};
  if (to_stdout)
    export_to_stdout(model, options);
  else
    write_and_check(model, out, options);
  if (!sidecar.empty()) {
    write_file_atomically(sidecar, model.onnx_description(options));
    files.push_back({"sidecar", sidecar});
  }
  if (!to_stdout) print(json ? files_json(files) : wrote(files));
}

std::vector<FlagRule> export_rules() {
  using enum FlagRule::Relation;
  std::vector<FlagRule> rules{
      {"out=-", excludes, "json", "both write to stdout"},
      {"opset", excludes, "ort", "both choose the opset"},
      {"sidecar", excludes, "int8,fp16", "contradict each other: the description is of an fp32 model"}};
  std::ranges::copy(quantize_rules(), std::back_inserter(rules));
  return rules;
}

std::vector<HelpSection> notes() {
  return {{.text = "The file gets its name only after it was checked and gave the same numbers as the model."}};
}

}  // namespace

Command export_command() {
  std::vector<Flag> flags{{"out", "FILE.onnx", "Output", "The file to write; - is stdout"},
                          {"json", "", "Output", "Print the names of the written files as one JSON object"}};
  for (Flag& flag : onnx_flags()) flags.push_back(std::move(flag));
  for (Flag& flag : quantize_flags()) flags.push_back(std::move(flag));
  return {"export",
          "Writes the model of a checkpoint, or of another ONNX file, as ONNX",
          "CHECKPOINT|MODEL.onnx",
          std::move(flags),
          notes,
          export_model,
          {},
          export_rules()};
}

}  // namespace millrace::cli
