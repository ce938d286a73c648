// SPDX-License-Identifier: Apache-2.0
//
// A model as an ONNX file: preparation and network as nodes, the card in the metadata.
#pragma once

#include <string>

#include "model/state.hpp"

namespace millrace {

void write_model(const std::string& path, const Model::State& state);
void read_model(const std::string& path, Model::State& state);

}  // namespace millrace
