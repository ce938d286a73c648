// SPDX-License-Identifier: Apache-2.0
//
// Convolution and pooling of the graph evaluator, on images with channels first: (batch, channels, height, width).
#pragma once

#include "export/graph_operators.hpp"

namespace millrace {

[[nodiscard]] DoubleTensor convolution(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor max_pool(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor average_pool(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor global_max_pool(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor global_average_pool(const GraphNode& node, const Operands& in);

}  // namespace millrace
