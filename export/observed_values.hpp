// SPDX-License-Identifier: Apache-2.0
//
// What the values of a graph are like on given rows: the basis of smaller numbers (quantize.hpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "export/graph_evaluator.hpp"

namespace millrace {

struct ObservedValue {
  ValueType type = ValueType::real32;
  double least = 0, most = 0;   ///< including 0
  std::vector<float> sample{};  ///< some of the numbers, at most 16384 of each call of observe()
};

using ObservedValues = std::map<std::string, ObservedValue>;

/// Evaluates the graph on these inputs and adds what inputs and nodes are like to `observed`. Throws as
/// evaluate_graph().
void observe(const PlainGraph& graph, const std::map<std::string, DoubleTensor>& inputs, ObservedValues& observed);

}  // namespace millrace
