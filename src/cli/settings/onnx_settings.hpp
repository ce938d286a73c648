// SPDX-License-Identifier: Apache-2.0
//
// What the exported file says beside the network: flags of train and export.
#pragma once

#include <optional>
#include <vector>

#include "cli/settings/command.hpp"
#include "millrace/onnx.hpp"

namespace millrace::cli {

[[nodiscard]] std::vector<Flag> onnx_flags();

/// --opset, --ort, --output-name, --probabilities-name and --metadata. Throws Error{usage}.
[[nodiscard]] OnnxOptions onnx_options(const Settings& settings);

/// --threshold. Throws Error{usage} for anything but a finite number.
[[nodiscard]] std::optional<double> threshold_setting(const Settings& settings);

/// --sidecar; empty: none. Throws Error{usage} for an ending other than .json.
[[nodiscard]] std::string sidecar_setting(const Settings& settings);

}  // namespace millrace::cli
