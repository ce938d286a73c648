// SPDX-License-Identifier: Apache-2.0
//
// A model as a graph of ONNX's nodes, and the values of a model taken from such a graph.
#pragma once

#include <string>

#include "millrace/onnx.hpp"
#include "model/state.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// The inference graph: raw columns in, scores out, and what add_serving() adds. Parameters are constants under their
/// own names, with the axes in the order of ParameterSpec::onnx_axes. The metadata hold the model card, and the
/// parameters that no node reads. Throws Error{usage} for options that do not fit the model.
[[nodiscard]] PlainGraph graph_of(const Model::State& state, const OnnxOptions& options = {});

/// Builds the network that the card in the metadata describes, and sets its weights and its preparation. `name` stands
/// for the file in messages. Throws Error{data} if the card cannot be read, or a value is missing, has another shape,
/// or is not finite.
void set_model(const PlainGraph& graph, const std::string& name, Model::State& state);

}  // namespace millrace
