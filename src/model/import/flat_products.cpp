// SPDX-License-Identifier: Apache-2.0
#include "model/import/flat_products.hpp"

#include <algorithm>
#include <optional>

namespace millrace {

namespace {

// The only node that reads a value; null if there are several, or if it is the output.
const GraphNode* only_reader(const ForeignGraph& graph, const std::string& value) {
  const GraphNode* reader = nullptr;
  for (const GraphNode& node : graph.nodes) {
    if (std::ranges::find(node.inputs, value) == node.inputs.end()) continue;
    if (reader != nullptr) return nullptr;
    reader = &node;
  }
  return value == graph.output ? nullptr : reader;
}

// The Reshape nodes before and after a product that the sequence passes through.
struct Around {
  const GraphNode *before = nullptr, *after = nullptr;
};

std::optional<Around> reshapes_around(const GraphNode& product, const Tensors& values, const ForeignGraph& graph) {
  const auto before = std::ranges::find_if(
      graph.nodes, [&](const GraphNode& node) { return node.outputs.at(0) == product.inputs.at(0); });
  const GraphNode* const after = only_reader(graph, product.outputs.at(0));
  if (before == graph.nodes.end() || before->op != "Reshape" || after == nullptr || after->op != "Reshape" ||
      after->inputs.at(0) != product.outputs[0] || only_reader(graph, before->outputs[0]) != &product)
    return std::nullopt;
  const Shape &sequence = values.at(before->inputs.at(0)).shape, &rows = values.at(before->outputs[0]).shape,
              &result = values.at(product.outputs[0]).shape;
  if (sequence.size() < 3 || rows.size() != 2 || result.size() != 2 || rows[1] != sequence.back()) return std::nullopt;
  Shape wanted = sequence;
  wanted.back() = result[1];
  if (values.at(after->outputs.at(0)).shape != wanted) return std::nullopt;
  return Around{&*before, after};
}

}  // namespace

void merge_flat_products(const Tensors& values, ForeignGraph& graph) {
  std::set<std::string> merged;  // results of nodes that are no longer needed
  for (GraphNode& product : graph.nodes) {
    if (product.op != "MatMul") continue;
    const std::optional<Around> around = reshapes_around(product, values, graph);
    if (!around) continue;
    merged.insert({around->before->outputs[0], product.outputs[0]});
    const std::string sequence = around->before->inputs[0], result = around->after->outputs[0];
    if (const auto place = graph.places.by_output.find(product.outputs[0]); place != graph.places.by_output.end())
      graph.places.by_output[result] = place->second;
    product.inputs[0] = sequence;
    product.outputs[0] = result;
  }
  // What is left of the pairs: Reshape nodes that make or read a value that no product makes or reads any more.
  std::erase_if(graph.nodes, [&](const GraphNode& node) {
    return node.op == "Reshape" && (merged.contains(node.outputs.at(0)) || merged.contains(node.inputs.at(0)));
  });
}

}  // namespace millrace
