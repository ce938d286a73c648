// SPDX-License-Identifier: Apache-2.0
//
// Runs a plain graph in double, one operator after the other, with no kernel of the engine: an exported file is
// compared with it before it gets its name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ops/graph_node.hpp"

namespace millrace {

/// A tensor with its batch dimension: shape[0] is the number of rows.
struct DoubleTensor {
  Shape shape;
  std::vector<double> values;
};

/// `rounded`: every value as fp32 holds it, or as an infinity.
enum class Arithmetic { exact, rounded };

/// The graph's outputs, in its order, for inputs by name. Constants that a caller moves here are freed as soon as
/// nothing reads them any more. Throws Error{data} for an operator that is not known, or operands that do not fit it.
[[nodiscard]] std::vector<DoubleTensor> evaluate_graph(PlainGraph graph, std::map<std::string, DoubleTensor> inputs,
                                                       Arithmetic arithmetic = Arithmetic::exact);

}  // namespace millrace
