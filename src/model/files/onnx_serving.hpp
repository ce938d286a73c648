// SPDX-License-Identifier: Apache-2.0
//
// What servers need beside the network: probabilities, names, and metadata that need no JSON parser for a model card.
#pragma once

#include <string>

#include "millrace/onnx.hpp"
#include "model/state.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// Metadata keys (docs/onnx.md).
inline constexpr const char *classes_key = "classes",   ///< names of the classes, a JSON array
    *threshold_key = "threshold",                       ///< above it, a single score or a label's score means yes
        *outputs_key = "millrace.outputs",              ///< JSON: the name of each kind of output
            *certificate_key = "millrace.certificate";  ///< JSON: the check that the file has passed

/// The name of the scores: options.output_name. Throws Error{usage} if an input, a layer or the output of another kind
/// has that name; for the default name, takes the next free one of output_1, output_2, ... instead.
[[nodiscard]] std::string scores_name(const Network& network, const OnnxOptions& options);

/// Whether add_serving() adds probabilities: the scores are logits.
[[nodiscard]] bool has_probabilities(const ModelCard& card);

/// Adds to a complete graph, whose first output is the scores: probabilities if the scores are logits, and the metadata
/// above with those of the options. Throws Error{usage} for metadata keys that millrace writes itself, and for a name
/// that is taken.
void add_serving(const Model::State& state, const OnnxOptions& options, PlainGraph& graph);

/// Inputs, outputs and metadata of a graph as JSON; values that are JSON themselves are nested.
[[nodiscard]] std::string describe_graph(const PlainGraph& graph, int opset);

}  // namespace millrace
