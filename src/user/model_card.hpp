// SPDX-License-Identifier: Apache-2.0
//
// What a model is besides its numbers, as JSON: it travels in checkpoints and in the metadata of ONNX files.
#pragma once

#include <string>
#include <vector>

#include "millrace/training.hpp"
#include "model/network.hpp"

namespace millrace {

struct ModelCard {
  NetworkDescription network;
  CompileOptions compiled;  ///< an empty loss: not compiled yet
  std::vector<std::string> feature_names, target_names, classes;
};

[[nodiscard]] std::string card_to_json(const ModelCard& card);
/// `who` names the file in messages. Throws Error{data}.
[[nodiscard]] ModelCard card_from_json(const std::string& text, const std::string& who);

}  // namespace millrace
