// SPDX-License-Identifier: Apache-2.0
//
// A model from another library's ONNX file.
#pragma once

#include <string>

#include "export/onnx_file.hpp"
#include "model/state.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// Sets `state` to the model in a graph that `maker` wrote (OnnxContent::maker; may be empty), with the loss that its last
/// activation suggests. `places` are the file's, for messages; default: those of the graph. The imported model has given
/// the graph's own numbers, evaluated in double, on random rows to 1e-5. Throws Error{data}, whose message says first
/// which library made the file, then which node cannot be imported; Error{mismatch} if the numbers differ.
void import_model(PlainGraph graph, const std::string& maker, const std::string& file, Model::State& state,
                  NodePlaces places = {});

}  // namespace millrace
