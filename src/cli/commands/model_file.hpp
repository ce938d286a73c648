// SPDX-License-Identifier: Apache-2.0
//
// Loads models and checkpoints, which are told apart by their content. load_model() and load_checkpoint() throw
// Error{data} for the other.
#pragma once

#include <optional>
#include <string>

#include "millrace/model.hpp"

namespace millrace::cli {

[[nodiscard]] bool is_checkpoint(const std::string& path);

/// Whether the file is a safetensors file of another library: weights without a network.
[[nodiscard]] bool is_weights_file(const std::string& path);

/// Throws Error{data} for a weights file, with the command that makes a model of it.
void refuse_weights(const std::string& path);

[[nodiscard]] Model load_model(const std::string& path);
/// The model of an ONNX file or of a checkpoint; nothing for a weights file.
[[nodiscard]] std::optional<Model> load_start(const std::string& path);
[[nodiscard]] Model load_checkpoint(const std::string& path);

}  // namespace millrace::cli
