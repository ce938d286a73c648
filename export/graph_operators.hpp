// SPDX-License-Identifier: Apache-2.0
//
// What the files of graph_evaluator share: operands, attributes, and the operators that are more than a formula.
#pragma once

#include <functional>
#include <vector>

#include "export/graph_evaluator.hpp"

namespace millrace {

using Operands = std::vector<const DoubleTensor*>;
using Operator = std::function<DoubleTensor(const GraphNode& node, const Operands& in)>;

/// Throws Error{data} naming the node.
[[noreturn]] void refuse(const GraphNode& node, const std::string& text);
[[nodiscard]] double attribute(const GraphNode& node, const std::string& name, double fallback);
[[nodiscard]] std::vector<std::int64_t> attribute(const GraphNode& node, const std::string& name,
                                                  const std::vector<std::int64_t>& fallback);

// On images, channels first.
[[nodiscard]] DoubleTensor convolution(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor max_pool(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor average_pool(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor global_max_pool(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor global_average_pool(const GraphNode& node, const Operands& in);

[[nodiscard]] DoubleTensor transpose(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor cast(const GraphNode& node, const Operands& in);    ///< to whole numbers
[[nodiscard]] DoubleTensor gather(const GraphNode& node, const Operands& in);  ///< rows of a matrix

}  // namespace millrace
