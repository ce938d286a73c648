// SPDX-License-Identifier: Apache-2.0
#include "export/graph_names.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "export/graph_operators.hpp"

namespace millrace {

GraphNames::GraphNames(const PlainGraph& graph) {
  for (const auto& [name, unused] : graph.constants) taken_.insert(name);
  for (const GraphValue& input : graph.inputs) taken_.insert(input.name);
  for (const GraphNode& node : graph.nodes) {
    taken_.insert(node.outputs.begin(), node.outputs.end());
    for (const std::string& input : node.inputs) ++readers_[input];
  }
  for (const GraphValue& output : graph.outputs) ++readers_[output.name];
}

std::string GraphNames::take(std::string wanted) {
  while (!taken_.insert(wanted).second) wanted += '/';
  return wanted;
}

int GraphNames::readers(const std::string& value) const {
  const auto at = readers_.find(value);
  return at == readers_.end() ? 0 : at->second;
}

bool find_weights(const PlainGraph& graph, const GraphNode& node, WeightedNode& found) {
  const auto is_weights = [&](const std::string& name, std::size_t rank) {
    const auto at = graph.constants.find(name);
    return at != graph.constants.end() && !at->second.smaller && at->second.shape.size() == rank &&
           !at->second.values.empty();
  };
  if (!node.domain.empty() || node.inputs.size() < 2) return false;
  if (node.op == "Gather") {
    found = {.weights = node.inputs[0], .input = 1, .is_table = true};
    return is_weights(node.inputs[0], 2) && attribute(node, "axis", 0) == 0;
  }
  const bool transposed = attribute(node, "transB", 0) != 0;
  found = {.weights = node.inputs[1], .axis = node.op == "Conv" || transposed ? std::size_t{0} : std::size_t{1}};
  if (node.op == "Gemm")
    return is_weights(node.inputs[1], 2) && attribute(node, "transA", 0) == 0 && attribute(node, "alpha", 1) == 1 &&
           attribute(node, "beta", 1) == 1;
  return (node.op == "MatMul" && is_weights(node.inputs[1], 2)) || (node.op == "Conv" && is_weights(node.inputs[1], 4));
}

PlainGraph part_after(PlainGraph graph, const std::set<std::string>& known) {
  std::set<std::string> needed;
  for (const GraphValue& output : graph.outputs) needed.insert(output.name);
  std::vector<GraphNode> nodes;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    GraphNode& node = graph.nodes[i];
    const bool is_needed = std::ranges::any_of(
        node.outputs, [&](const std::string& output) { return needed.contains(output) && !known.contains(output); });
    if (!is_needed) continue;
    needed.insert(node.inputs.begin(), node.inputs.end());
    nodes.push_back(std::move(node));
  }
  std::ranges::reverse(nodes);
  graph.nodes = std::move(nodes);
  drop_unread_constants(graph);
  return graph;
}

std::set<std::string> results_behind(const PlainGraph& graph, const std::set<std::string>& values) {
  std::set<std::string> results, reached = values;
  for (const GraphNode& node : graph.nodes) {
    const auto is_reached = [&](const std::string& input) { return reached.contains(input); };
    if (!values.empty() && std::ranges::none_of(node.inputs, is_reached)) continue;
    results.insert(node.outputs.begin(), node.outputs.end());
    reached.insert(node.outputs.begin(), node.outputs.end());
  }
  return results;
}

void drop_unread_constants(PlainGraph& graph) {
  const GraphNames names(graph);
  std::erase_if(graph.constants, [&](const auto& constant) { return names.readers(constant.first) == 0; });
}

}  // namespace millrace
