// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/onnx_settings.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
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
       "The name of the output with the class, which a model of a table has if it tells classes apart. Default: label"},
      {"threshold", "T", "ONNX",
       "A single score, or the score of a label, means yes above it; the model keeps it. Default: 0.5, for logits and "
       "margins 0"},
      {"metadata", "KEY=VALUE,...", "ONNX", "More entries for the metadata of the model"},
      {"sidecar", "FILE.json", "ONNX",
       "Also write a description of the model for runtimes that do not show metadata: inputs, outputs, classes, "
       "threshold"},
  };
}

OnnxOptions onnx_options(const Settings& settings) {
  OnnxOptions options;
  if (settings.has("opset") && settings.has("ort"))
    fail(ErrorKind::usage, settings.who, "--opset and --ort both choose the opset, expected one of them");
  if (const Setting* const opset = settings.find("opset"); opset != nullptr) {
    options.opset = static_cast<int>(settings.integer("opset", options.opset, 1, 1000));
    options.highest_opset = options.opset;
    opset->located([&] { return check_onnx_options(options); });
  }
  if (const Setting* const runtime = settings.find("ort"); runtime != nullptr) {
    const int newest = runtime->located([&] { return onnxruntime_opset(settings.text("ort")); });
    options.highest_opset = std::min(newest, newest_onnx_opset());
    options.opset = std::min(options.opset, *options.highest_opset);
  }
  options.output_name = settings.text("output-name", options.output_name);
  options.probabilities_name = settings.text("probabilities-name", options.probabilities_name);
  options.label_name = settings.text("label-name", options.label_name);
  for (const std::string& entry : settings.names("metadata")) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0)
      settings.find("metadata")->fail_with("'" + entry + "', expected KEY=VALUE");
    if (!options.metadata.emplace(entry.substr(0, equals), entry.substr(equals + 1)).second)
      settings.find("metadata")->fail_with("'" + entry.substr(0, equals) + "' is given twice, expected it once");
  }
  return options;
}

std::optional<double> threshold_setting(const Settings& settings) {
  const Setting* const setting = settings.find("threshold");
  if (setting == nullptr) return std::nullopt;
  if (const auto* number = std::get_if<double>(&setting->value)) return *number;
  if (const auto* whole = std::get_if<std::int64_t>(&setting->value)) return static_cast<double>(*whole);
  const std::optional<double> number = parse_number(settings.text("threshold"));
  if (!number || !std::isfinite(*number)) setting->refuse("a number");
  return number;
}

std::string sidecar_setting(const Settings& settings) {
  std::string path = settings.text("sidecar");
  if (settings.has("sidecar") && !path.ends_with(".json"))
    settings.find("sidecar")->fail_with("'" + path + "', expected a .json file");
  return path;
}

}  // namespace millrace::cli
