// SPDX-License-Identifier: Apache-2.0
//
// ONNX files of version 0.1.
#pragma once

#include "ops/graph_node.hpp"

namespace millrace {

/// Replaces the nodes and constants by which format 1 differs from format 2: the graph of an unchanged file becomes the
/// graph that is written today for the same model. Nodes of another form stay as they are.
void upgrade_from_format_1(PlainGraph& graph);

}  // namespace millrace
