// SPDX-License-Identifier: Apache-2.0
//
// The operators that the graph evaluator knows, computed in double.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "export/graph_evaluator.hpp"

namespace millrace {

/// Inputs of a node; null for an optional input that is left out.
using Operands = std::vector<const DoubleTensor*>;
using Operator = std::function<DoubleTensor(const GraphNode& node, const Operands& in)>;

/// Throws Error{data} that lists the known operators.
[[nodiscard]] const Operator& operator_of(const GraphNode& node);

/// Throws Error{data} that names the node.
[[noreturn]] void refuse(const GraphNode& node, const std::string& text);

/// An attribute of the node, or `fallback` if it has none of that name. Throws Error{data} for one of another type.
[[nodiscard]] double attribute(const GraphNode& node, const std::string& name, double fallback);
/// A list as long as `fallback`.
[[nodiscard]] std::vector<std::int64_t> attribute(const GraphNode& node, const std::string& name,
                                                  const std::vector<std::int64_t>& fallback);

}  // namespace millrace
