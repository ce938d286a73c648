// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/onnx_settings.hpp"

#include <algorithm>

#include "base/error_text.hpp"
#include "model/files/onnx.hpp"

namespace millrace::cli {

std::vector<Flag> onnx_flags() {
  return {
      {"opset", "N", "ONNX", "The opset of the model, from 9 on. Default: 13, or a later one that an operator needs"},
      {"ort", "RELEASE", "ONNX", "Write a model that this release of ONNX Runtime reads: --ort 1.10"},
      {"output-name", "NAME", "ONNX", "The name of the output with the scores. Default: output"},
      {"probabilities-name", "NAME", "ONNX",
       "The name of the output with the probabilities, which a model has if its scores are logits. Default: "
       "probabilities"},
      {"label-name", "NAME", "ONNX",
       "The name of the output with the class. A model has it if it tells classes apart and takes a table with columns "
       "by name; one that takes numbers in one tensor gives scores only. Default: label"},
      {"threshold", "T", "ONNX",
       "A single score, or the score of a label, above T means yes; the model keeps T. Default: 0.5, for logits and "
       "margins 0"},
      {"metadata", "KEY=VALUE,...", "ONNX", "More entries for the metadata of the model"},
      {"sidecar", "FILE.json", "ONNX",
       "Also write a description of the model for runtimes that do not show metadata: inputs, outputs, classes, "
       "threshold"},
  };
}

namespace {

void set_opset(const Settings& settings, OnnxOptions& options) {
  options.opset = static_cast<int>(settings.integer("opset", options.opset, 1, 1000));
  options.highest_opset = options.opset;
  settings.find("opset")->located([&] { return check_onnx_options(options); });
}

void set_release(const Settings& settings, OnnxOptions& options) {
  const int newest = settings.find("ort")->located([&] { return onnxruntime_opset(settings.text("ort")); });
  options.highest_opset = std::min(newest, newest_onnx_opset());
  options.opset = std::min(options.opset, *options.highest_opset);
}

void set_metadata(const Settings& settings, OnnxOptions& options) {
  const Setting& metadata = *settings.find("metadata");
  for (const std::string& entry : settings.names("metadata")) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) metadata.fail_with("'" + entry + "', expected KEY=VALUE");
    if (!options.metadata.emplace(entry.substr(0, equals), entry.substr(equals + 1)).second)
      metadata.fail_with("'" + entry.substr(0, equals) + "' is given twice, expected it once");
  }
}

// The part of the options that each flag sets.
struct Part {
  std::string_view flag;
  void (*set)(const Settings& settings, OnnxOptions& options);
};
constexpr std::string_view release_flag = "ort";
constexpr Part parts[] = {
    {"opset", set_opset},
    {release_flag, set_release},
    {"output-name", [](auto& settings, auto& options) { options.output_name = settings.text("output-name"); }},
    {"probabilities-name",
     [](auto& settings, auto& options) { options.probabilities_name = settings.text("probabilities-name"); }},
    {"label-name", [](auto& settings, auto& options) { options.label_name = settings.text("label-name"); }},
    {"metadata", set_metadata}};

// The least opset above options.highest_opset with which the model can be exported. Nothing: none.
std::optional<int> sufficient_opset(const Model& model, OnnxOptions options) {
  for (int opset = *options.highest_opset + 1; opset <= newest_onnx_opset(); ++opset) {
    options.opset = std::max(options.opset, opset);
    options.highest_opset = opset;
    try {
      model.check_onnx(options);
      return opset;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage) throw;
    }
  }
  return std::nullopt;
}

std::string remedy(const Model& model, const OnnxSettings::Alone& flag) {
  const auto opset = flag.options.highest_opset ? sufficient_opset(model, flag.options) : std::nullopt;
  if (!opset) return "";
  return "; " + (flag.is_release ? "--ort " + first_onnxruntime(*opset) : "--opset " + std::to_string(*opset)) +
         " suffices";
}

void require_alone(const Model& model, const OnnxSettings::Alone& flag) {
  try {
    model.check_onnx(flag.options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    flag.setting.fail_with(text_without_who(error) + remedy(model, flag));
  }
}

}  // namespace

OnnxSettings onnx_settings(const Settings& settings) {
  OnnxSettings onnx;
  for (const Part& part : parts) {
    const Setting* const setting = settings.find(part.flag);
    if (setting == nullptr) continue;
    part.set(settings, onnx.options);
    onnx.alone.push_back({.setting = *setting, .options = {}, .is_release = part.flag == release_flag});
    part.set(settings, onnx.alone.back().options);
  }
  return onnx;
}

void check_export(const Model& model, const OnnxSettings& onnx) {
  try {
    return model.check_onnx(onnx.options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    for (const OnnxSettings::Alone& flag : onnx.alone) require_alone(model, flag);
    throw;  // no flag by itself is to blame
  }
}

std::optional<double> threshold_setting(const Settings& settings) {
  return settings.has("threshold") ? std::optional(settings.number("threshold", 0)) : std::nullopt;
}

std::string sidecar_setting(const Settings& settings) {
  std::string path = settings.text("sidecar");
  if (settings.has("sidecar") && !path.ends_with(".json"))
    settings.find("sidecar")->fail_with("'" + path + "', expected a .json file");
  return path;
}

}  // namespace millrace::cli
