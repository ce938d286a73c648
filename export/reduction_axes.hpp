// SPDX-License-Identifier: Apache-2.0
//
// The axes of ReduceMean: an attribute up to opset 17, an input from opset 18 on. Graphs in memory have the attribute.
#pragma once

#include "ops/graph_node.hpp"

namespace millrace {

inline constexpr int first_opset_with_axes_as_input = 18;

/// For a file of opset 18 or later: moves the axes to constants, "NODE/axes".
void axes_to_inputs(PlainGraph& graph);

/// For a graph from such a file: moves constant axes back, and drops the constants that nothing else reads.
void axes_to_attributes(PlainGraph& graph);

}  // namespace millrace
