// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/quantized_export.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/formatted.hpp"
#include "base/text.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/model_data.hpp"
#include "cli/settings/data_settings.hpp"
#include "cli/settings/known_operations.hpp"
#include "millrace/split.hpp"
#include "millrace/targets.hpp"

namespace millrace::cli {

namespace {

constexpr const char* who = "export";

// "0.5%" or 0.005.
double max_loss_setting(const Settings& settings, double otherwise) {
  const Setting* const setting = settings.find("max-loss");
  if (setting == nullptr) return otherwise;
  std::string text = settings.text("max-loss");
  const bool percent = text.ends_with('%');
  if (percent) text.pop_back();
  const std::optional<double> number = parse_number(text);
  const double loss = number ? *number / (percent ? 100 : 1) : -1;
  if (!(loss >= 0 && loss <= 1)) setting->refuse("a share of the metric, such as 0.5% or 0.005");
  return loss;
}

Dataset read_rows(const Model& model, const DataFiles& files, const Settings& settings) {
  Dataset data = read_model_data(model, {.who = who,
                                         .model_path = settings.argument,
                                         .data = files,
                                         .targets = true,
                                         .target = settings.names("target"),
                                         .weight = {},
                                         .threads = 0});
  fit_targets(data, model);
  return data;
}

// Nothing: --validation is a share of the rows, or is not given.
std::optional<DataFiles> validation_file(const Settings& settings, const DataFiles& data) {
  const Setting* const setting = settings.find("validation");
  if (setting == nullptr || parse_number(settings.text("validation"))) return std::nullopt;
  return held_out_file(*setting, settings.text("validation"), data);
}

// The rows that choose scales, and those to measure on.
Split read_split(const Model& model, const Settings& settings) {
  if (!settings.has("data")) return {};
  const DataFiles files = data_setting(settings);
  Dataset data = read_rows(model, files, settings);
  const Setting* const validation = settings.find("validation");
  if (const std::optional<DataFiles> held_out = validation_file(settings, files))
    return {std::move(data), read_rows(model, *held_out, settings)};
  const double fraction = settings.fraction("validation", 0.2);
  if (fraction == 0) validation->refuse("a share of the rows above 0, or a file: the metric is measured on them");
  return split_stratified(data, fraction, settings.seed("seed"));
}

std::string size_text(std::uint64_t bytes) {
  return bytes < 100000 ? std::to_string(bytes) + " bytes" : std::to_string((bytes + 500) / 1000) + " kB";
}

const char* name_of(SmallNumbers numbers) { return numbers == SmallNumbers::fp16 ? "fp16" : "int8"; }

}  // namespace

std::vector<Flag> quantize_flags() {
  const std::string group = "Smaller numbers";
  const KnownOperations losses = known_operations(OperationKind::loss);
  std::vector<Flag> flags{
      {"int8", "", group, "Write weights and what enters a layer as numbers of 8 bits; needs --data"},
      {"dynamic", "", group,
       "With --int8: what enters a layer is scaled by its own batch as it is served, not by the rows of --data"},
      {"fp16", "", group, "Write weights in half precision; what it cannot hold stays fp32"},
      {"max-loss", "SHARE", group, "Refuse a model whose metric is worse by more than this share. Default: 0.5%"},
      {"data", "FILE|PATTERN", group,
       "The table that the model was trained on, with the target: some rows choose the scales, the others are for the "
       "metric"},
      {"target", "COLUMN,...", group,
       "The target's column if the model knows it by another name; for .npy the file of the targets"},
      {"validation", "FRACTION|FILE", group, "The share of the rows for the metric, or a file of rows. Default: 0.2"},
      {"seed", "N", group, "Seed of the draw of those rows. Default: 0"},
      {"loss", "LOSS", group,
       "The loss of a model of another program, whose file names none: it says what the outputs are, logits or "
       "numbers. Default: the one that is usual for its last layer",
       "loss", losses.names, losses.options}};
  for (Flag flag : text_flags()) {
    flag.group = group;
    flags.push_back(std::move(flag));
  }
  return flags;
}

std::vector<FlagRule> quantize_rules() {
  using enum FlagRule::Relation;
  std::vector<FlagRule> rules{{"int8", excludes, "fp16", "both choose the numbers"},
                              {"dynamic", needs, "int8", "is about 8 bits"},
                              {"data", needs, "int8,fp16", "is about smaller numbers"},
                              {"int8", needs, "data", "needs the rows that the model was trained on"}};
  std::vector<std::string> of_rows{"max-loss", "target", "validation", "seed", "loss"};
  for (const Flag& flag : text_flags()) of_rows.push_back(flag.name);
  for (const std::string& flag : of_rows) {
    rules.push_back({flag, needs, "int8,fp16", "is about smaller numbers"});
    rules.push_back({flag, needs, "data", "is about rows to measure on"});
  }
  return rules;
}

std::optional<QuantizeOptions> quantize_setting(const Settings& settings) {
  const bool int8 = settings.boolean("int8", false), fp16 = settings.boolean("fp16", false),
             dynamic = settings.boolean("dynamic", false);
  if (!int8 && !fp16) return std::nullopt;
  QuantizeOptions options;
  options.numbers = fp16 ? SmallNumbers::fp16 : dynamic ? SmallNumbers::int8_dynamic : SmallNumbers::int8;
  options.max_loss = max_loss_setting(settings, options.max_loss);
  return options;
}

std::vector<NamedFile> files_to_quantize(const Settings& settings) {
  if (!settings.has("data")) return {};
  const DataFiles data = data_setting(settings);
  std::vector<NamedFile> files = read_files(who, data, settings.names("target"));
  if (const std::optional<DataFiles> held_out = validation_file(settings, data))
    std::ranges::move(read_files(who, "--validation", *held_out), std::back_inserter(files));
  return files;
}

QuantizeReport export_quantized(const Model& model, const std::string& path, const QuantizeOptions& options,
                                const Settings& settings) {
  const Split rows = read_split(model, settings);
  return model.export_quantized(path, rows.train, rows.validation, options);
}

std::string quantize_text(const QuantizeReport& report, const RuntimeSpeed& speed, SmallNumbers numbers) {
  const std::string name = name_of(numbers);
  const auto line = [&](std::string title, const std::string& full, const std::string& small) {
    title.resize(std::max<std::size_t>(title.size() + 1, 20), ' ');
    return title + "fp32 " + full + ", " + name + " " + small;
  };
  std::string text = line("size", size_text(report.full_bytes), size_text(report.quantized_bytes)) + "\n";
  if (report.rows > 0)
    text += line(report.metric, number_text(static_cast<float>(report.full)),
                 number_text(static_cast<float>(report.quantized))) +
            ", on " + counted(report.rows, "held-out row") + "\n";
  text +=
      "largest difference  " + number_text(static_cast<float>(report.largest_difference)) +
      (report.rows > 0 ? " between two outputs\n" : " between two outputs, on random rows; --data measures a metric\n");
  if (speed.version.empty())
    return text + "speed               not measured: python3 has no onnxruntime, or it does not run the model\n";
  const auto microseconds = [](double value) { return number_text(static_cast<float>(value)) + " us"; };
  return text + line("speed", microseconds(speed.full), microseconds(speed.quantized)) + " a row, ONNX Runtime " +
         speed.version + ", 64 rows at once, one thread\n";
}

std::string quantize_json(const QuantizeReport& report, const RuntimeSpeed& speed, const std::string& path) {
  nlohmann::ordered_json object{{"model", path},
                                {"fp32_bytes", report.full_bytes},
                                {"bytes", report.quantized_bytes},
                                {"largest_difference", report.largest_difference},
                                {"rows", report.rows}};
  if (report.rows > 0) {
    object["metric"] = report.metric;
    object["fp32_metric"] = report.full;
    object["metric_value"] = report.quantized;
  }
  if (!speed.version.empty()) {
    object["onnxruntime"] = speed.version;
    object["fp32_microseconds"] = speed.full;
    object["microseconds"] = speed.quantized;
  }
  return object.dump() + "\n";
}

}  // namespace millrace::cli
