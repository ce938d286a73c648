// SPDX-License-Identifier: Apache-2.0
//
// What the exported file says beside the network: flags of train and export.
#pragma once

#include <optional>
#include <vector>

#include "cli/settings/command.hpp"
#include "millrace/model.hpp"
#include "millrace/onnx.hpp"

namespace millrace::cli {

[[nodiscard]] std::vector<Flag> onnx_flags();

/// --opset, --ort, --output-name, --probabilities-name, --label-name and --metadata.
struct OnnxSettings {
  OnnxOptions options;
  /// One of these flags, and what the options would be without the others.
  struct Alone {
    Setting setting;
    OnnxOptions options;
    bool is_release = false;  ///< --ort
  };
  std::vector<Alone> alone{};
};
/// Throws Error{usage}.
[[nodiscard]] OnnxSettings onnx_settings(const Settings& settings);

/// Throws Error{usage} for options with which the model cannot be exported, whatever its weights will be. The message
/// names the flag that is to blame, and the opset or release that suffices.
void check_export(const Model& model, const OnnxSettings& onnx);

/// --threshold. Throws Error{usage} for anything but a finite number.
[[nodiscard]] std::optional<double> threshold_setting(const Settings& settings);

/// --sidecar; empty: none. Throws Error{usage} for an ending other than .json.
[[nodiscard]] std::string sidecar_setting(const Settings& settings);

}  // namespace millrace::cli
