// SPDX-License-Identifier: Apache-2.0
//
// millrace verify: checks a model file against itself, a table and the checkpoint that it came from.
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "cli/commands/model_data.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/screen/activity.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/json_line.hpp"
#include "cli/settings/data_settings.hpp"
#include "millrace/targets.hpp"
#include "model/files/onnx_verify.hpp"
#include "model/files/quantized_verify.hpp"

namespace millrace::cli {

namespace {

Model load_unchanged(const std::string& path) {
  if (is_checkpoint(path))
    fail(ErrorKind::data, "verify",
         "'" + path + "' is a checkpoint, expected an ONNX model; --against takes the checkpoint");
  return unchanged([&] { return Model::load_onnx(path); });
}

std::string text_of(const std::string& path, const FileVerification& result, const std::string& against) {
  std::string text = path + ": ";
  if (result.certificate.empty() && result.check.rows == 0)
    text += "a file that another program wrote; the imported network gives the numbers of its graph on random rows\n";
  else
    text += "the graph gives the model's numbers on " + counted(result.check.rows, "row") + ", largest difference " +
            number_text(static_cast<float>(result.check.difference)) + "\n";
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
  return json_line(object);
}

std::string smaller_text(const std::string& path, const std::string& against, const QuantizedVerification& result) {
  const MetricLoss& found = result.found;
  const auto short_text = [](double value) { return number_text(static_cast<float>(value)); };
  return path + ": " + result.numbers + " numbers; on " + counted(found.rows, "row") + " " + found.metric + " is " +
         short_text(found.quantized) + ", and " + short_text(found.full) + " in " + against + ", which is within the " +
         short_text(100 * result.max_loss) + " % of the certificate; largest difference of an output " +
         short_text(found.largest_difference) + "\ncertificate: " + result.certificate + "\n";
}

std::string smaller_json(const QuantizedVerification& result) {
  nlohmann::ordered_json object{{"numbers", result.numbers},
                                {"rows", result.found.rows},
                                {"metric", result.found.metric},
                                {"fp32", result.found.full},
                                {result.numbers, result.found.quantized},
                                {"max_loss", result.max_loss},
                                {"largest_difference", result.found.largest_difference}};
  object["certificate"] = nlohmann::ordered_json::parse(result.certificate, nullptr, false);
  return json_line(object);
}

// A file with smaller numbers has no fp32 weights to compare with: the model that it was made from has.
void verify_smaller(const std::string& path, const std::string& numbers, const DataFiles& files,
                    const std::string& against, const Settings& settings) {
  if (against.empty())
    fail(ErrorKind::usage, "verify",
         "'" + path + "' has " + numbers + " numbers and no fp32 weights, expected --against CHECKPOINT, or the fp32 " +
             "MODEL.onnx, that it was made from");
  const bool from_checkpoint = is_checkpoint(against);
  const Model original = from_checkpoint ? load_checkpoint(against) : Model::load_onnx(against);
  Activity activity(false, "checking " + path);
  Dataset rows = read_model_data(original, {.who = "verify",
                                            .model_path = against,
                                            .data = files,
                                            .targets = true,
                                            .target = settings.names("target"),
                                            .weight = {}});
  fit_targets(rows, original);
  const QuantizedVerification result = verify_quantized(path, against, from_checkpoint, rows);
  activity.end();
  print(settings.boolean("json", false) ? smaller_json(result) : smaller_text(path, against, result));
}

void verify(const Settings& settings) {
  const std::string& path = settings.argument;
  const DataFiles files = data_setting(settings);
  const std::string against = settings.text("against");
  const bool json = settings.boolean("json", false);
  if (!against.empty()) refuse_weights(against);
  const std::string numbers = is_checkpoint(path) ? "" : small_numbers_of(path);
  if (!numbers.empty()) return verify_smaller(path, numbers, files, against, settings);
  if (settings.has("target"))
    settings.find("target")->fail_with("the metric is measured for int8 and fp16 files only, expected no --target");
  const Model model = load_unchanged(path);
  const ModelData request{.who = "verify",
                          .model_path = path,
                          .data = files,
                          .target = {},
                          .weight = {},
                          .features = settings.names("features")};
  Activity activity(false, "checking " + path);
  const bool takes_table = !files.is_array() && !model.table_columns().empty();
  const FileVerification result = takes_table ? verify_file(path, read_model_table(model, request))
                                              : verify_file(path, read_model_data(model, request));
  if (!against.empty()) require_weights_of(path, against);
  activity.end();
  print(json ? json_of(result) : text_of(path, result, against));
}

std::vector<HelpSection> notes() {
  return {
      {.text =
           "The graph of the file is evaluated in double, by code that shares nothing with the kernels, on the first "
           "1000 rows of the table. Of a file with int8 or fp16 numbers, the metric is compared with that of the "
           "checkpoint instead, on at most 10000 rows; it may be worse by as much as the certificate in the file says. "
           "Exits with 5 if the numbers differ, or if the file is not as it was written."}};
}

}  // namespace

Command verify_command() {
  std::vector<Flag> flags{
      {"data", "FILE|PATTERN", "Data", "The table: .csv, .tsv, .npy, .npz, IDX or LIBSVM; - reads CSV from stdin"}};
  for (const Flag& flag : text_flags()) flags.push_back(flag);
  flags.push_back({"against", "CHECKPOINT|MODEL.onnx", "Data",
                   "Also compare the weights with those of this checkpoint; of an int8 or fp16 file, the metric"});
  flags.push_back({"target", "COLUMN,...", "Data",
                   "For int8 and fp16: the target's column if the model knows it by another name; for .npy the file of "
                   "the targets"});
  flags.push_back({"features", "COLUMN,...", "Data",
                   "The columns that the model takes, in its order, if it knows no names. Default: all"});
  flags.push_back({"json", "", "Output", "Print the results as one JSON object"});
  return {"verify", "Checks a model file against a table and the checkpoint it came from", "MODEL.onnx", flags, notes,
          verify};
}

}  // namespace millrace::cli
