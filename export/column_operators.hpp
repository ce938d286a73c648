// SPDX-License-Identifier: Apache-2.0
//
// Operators of the graph evaluator that prepare the columns of a table, and that name a class.
#pragma once

#include "export/graph_operators.hpp"

namespace millrace {

[[nodiscard]] DoubleTensor where(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor cast(const GraphNode& node, const Operands& in);
[[nodiscard]] DoubleTensor encode_labels(const GraphNode& node, const Operands& in);
/// Over the last dimension; the first of equal elements.
[[nodiscard]] DoubleTensor arg_max(const GraphNode& node, const Operands& in);

}  // namespace millrace
