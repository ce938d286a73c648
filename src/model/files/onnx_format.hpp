// SPDX-License-Identifier: Apache-2.0
//
// The format of ONNX files that hold a model: a version, and a digest that tells whether the graph was changed.
//
// Format 2: metadata "millrace.format" and "millrace.digest". Kernels lie as ONNX's Gemm and Conv take them.
// Format 1, of version 0.1: neither of the two. Kernels lie as the engine has them, and other nodes stand for dense
// layers, convolutions and batch normalisation.
#pragma once

#include <string>
#include <string_view>

#include "ops/graph_node.hpp"

namespace millrace {

/// Metadata keys.
inline constexpr std::string_view own_prefix = "millrace.";  ///< of all keys here
inline constexpr const char *model_key = "millrace.model",   ///< the model card, JSON
    *parameters_key = "millrace.parameters",                 ///< parameters that no node reads, JSON
        *format_key = "millrace.format", *digest_key = "millrace.digest",
                            *numbers_key =
                                "millrace.numbers";  ///< only of files with smaller numbers: int8, int8_dynamic, fp16

/// Moves constants that no node reads from the graph to its metadata. A runtime would warn of them, but the model needs
/// them: a moving variance, of which the nodes read the square root.
void move_unread_constants(PlainGraph& graph);

/// Adds the format and the digest to the metadata of a complete graph.
void seal(PlainGraph& graph);

/// Checks the graph of a file named `name` and returns its format. A graph of format 2 must have its digest; one of
/// format 1 is rewritten with the nodes and constants of format 2. Throws Error{data} if the file is not millrace's, if
/// it has a later format, and if its graph was changed.
int unseal(PlainGraph& graph, const std::string& name);

}  // namespace millrace
