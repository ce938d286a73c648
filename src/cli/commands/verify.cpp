// SPDX-License-Identifier: Apache-2.0
//
// millrace verify: checks a model file against itself, a table and the checkpoint that it came from.
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/screen/console.hpp"
#include "cli/settings/data_settings.hpp"
#include "model/files/onnx_verify.hpp"

namespace millrace::cli {

namespace {

Model load_unchanged(const std::string& path) {
  if (is_checkpoint(path))
    fail(ErrorKind::data, "verify",
         "'" + path + "' is a checkpoint, expected an ONNX model; --against takes the checkpoint");
  try {
    return Model::load_onnx(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    throw Error(ErrorKind::mismatch, error.what());
  }
}

std::string text_of(const std::string& path, const FileVerification& result, const std::string& against) {
  std::string text = path + ": ";
  if (result.certificate.empty() && result.check.rows == 0)
    text += "a file of another maker; the imported network gives the numbers of its graph on random rows\n";
  else
    text += "the graph gives the model's numbers on " + std::to_string(result.check.rows) +
            " rows, largest difference " + number_text(result.check.difference) + "\n";
  if (!against.empty()) text += "the weights are those of " + against + "\n";
  if (!result.certificate.empty()) text += "certificate: " + result.certificate + "\n";
  return text;
}

std::string json_of(const FileVerification& result) {
  nlohmann::ordered_json object{{"rows", result.check.rows},
                                {"largest_difference", result.check.difference},
                                {"allowed_difference", result.check.allowed}};
  if (!result.certificate.empty())
    object["certificate"] = nlohmann::ordered_json::parse(result.certificate, nullptr, false);
  return object.dump() + "\n";
}

void verify(const Settings& settings) {
  const std::string& path = settings.argument;
  const DataFiles files = data_setting(settings);
  const std::string against = settings.text("against");
  const bool json = settings.boolean("json", false);
  const Model model = load_unchanged(path);
  const ModelData request{.who = "verify", .model_path = path, .data = files, .target = {}, .weight = {}};
  const bool takes_table = !files.is_array() && !model.table_columns().empty();
  const FileVerification result = takes_table ? verify_file(path, read_model_table(model, request))
                                              : verify_file(path, read_model_data(model, request));
  if (!against.empty()) require_weights_of(path, against);
  print(json ? json_of(result) : text_of(path, result, against));
}

std::vector<HelpSection> notes() {
  return {
      {.text =
           "The graph of the file is evaluated in double, by code that shares nothing with the kernels, on the first "
           "1000 rows of the table. Exits with 5 if the numbers differ, or if the file is not as it was written."}};
}

}  // namespace

Command verify_command() {
  std::vector<Flag> flags{
      {"data", "FILE|PATTERN", "Data", "The table: .csv, .tsv, .npy, .npz, IDX or LIBSVM; - reads CSV from stdin"}};
  for (const Flag& flag : text_flags()) flags.push_back(flag);
  flags.push_back({"against", "CHECKPOINT", "Data", "Also compare the weights with those of this checkpoint"});
  flags.push_back({"json", "", "Output", "Print the results as one JSON object"});
  return {"verify", "Checks a model file against a table and the checkpoint it came from", "MODEL.onnx", flags, notes,
          verify};
}

}  // namespace millrace::cli
