// SPDX-License-Identifier: Apache-2.0
#include "export/reduction_axes.hpp"

#include <algorithm>

namespace millrace {

namespace {

bool is_read(const PlainGraph& graph, const std::string& name) {
  const auto is_it = [&](const GraphValue& output) { return output.name == name; };
  if (std::ranges::any_of(graph.outputs, is_it)) return true;
  return std::ranges::any_of(
      graph.nodes, [&](const GraphNode& node) { return std::ranges::find(node.inputs, name) != node.inputs.end(); });
}

}  // namespace

void axes_to_inputs(PlainGraph& graph) {
  for (GraphNode& node : graph.nodes) {
    const auto axes = node.attributes.find("axes");
    if (node.op != "ReduceMean" || axes == node.attributes.end()) continue;
    const auto* list = std::get_if<std::vector<std::int64_t>>(&axes->second);
    if (list == nullptr) continue;
    node.inputs.push_back(graph.add_integers(node.name + "/axes", {std::ssize(*list)}, *list));
    node.attributes.erase(axes);
  }
}

void axes_to_attributes(PlainGraph& graph) {
  for (GraphNode& node : graph.nodes) {
    if (node.op != "ReduceMean" || node.inputs.size() != 2) continue;
    const auto axes = graph.constants.find(node.inputs[1]);
    if (axes == graph.constants.end() || axes->second.integers.empty()) continue;
    node.attributes["axes"] = axes->second.integers;
    node.inputs.pop_back();
    if (!is_read(graph, axes->first)) graph.constants.erase(axes);
  }
}

}  // namespace millrace
