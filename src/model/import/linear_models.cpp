// SPDX-License-Identifier: Apache-2.0
#include "model/import/linear_models.hpp"

#include <algorithm>
#include <utility>

namespace millrace {

namespace {

std::vector<float> floats_of(const GraphNode& node, const char* name) {
  const auto at = node.attributes.find(name);
  const auto* list = at == node.attributes.end() ? nullptr : std::get_if<std::vector<float>>(&at->second);
  return list == nullptr ? std::vector<float>{} : *list;
}

std::string text_of(const GraphNode& node, const char* name) {
  const auto at = node.attributes.find(name);
  const auto* text = at == node.attributes.end() ? nullptr : std::get_if<std::string>(&at->second);
  return text == nullptr || *text == "NONE" ? "" : *text;
}

// Sigmoid of a score and of its negative: the second row says it all.
bool is_pair(const std::string& transform, const std::vector<float>& weights, const std::vector<float>& offsets) {
  if (transform != "LOGISTIC" || offsets.size() != 2 || offsets[0] != -offsets[1]) return false;
  const auto half = weights.begin() + std::ssize(weights) / 2;
  return std::equal(weights.begin(), half, half, weights.end(), [](float a, float b) { return a == -b; });
}

}  // namespace

void rewrite_linear_models(PlainGraph& graph) {
  std::vector<GraphNode> nodes = std::exchange(graph.nodes, {});
  for (GraphNode& node : nodes) {
    const bool classifier = node.op == "LinearClassifier";
    std::vector<float> weights = floats_of(node, "coefficients"), offsets = floats_of(node, "intercepts");
    const std::string transform = text_of(node, "post_transform");
    const std::string op = transform == "LOGISTIC" ? "Sigmoid" : transform == "SOFTMAX" ? "Softmax" : "";
    const bool known = (classifier && node.outputs.size() == 2) || (node.op == "LinearRegressor" && transform.empty());
    if (!known || offsets.empty() || weights.size() % offsets.size() != 0 || (op.empty() && !transform.empty())) {
      graph.nodes.push_back(std::move(node));
      continue;
    }
    if (is_pair(transform, weights, offsets)) {
      weights.erase(weights.begin(), weights.begin() + std::ssize(weights) / 2);
      offsets.erase(offsets.begin());
    }
    const std::string result = node.outputs[classifier ? 1 : 0], scores = op.empty() ? result : result + "/scores";
    const std::int64_t units = std::ssize(offsets), inputs = std::ssize(weights) / units;
    graph.add_constant(result + "/weights", {units, inputs}, std::move(weights));
    graph.add_constant(result + "/offsets", {units}, std::move(offsets));
    graph.add("Gemm", scores, {node.inputs.at(0), result + "/weights", result + "/offsets"},
              {{"transB", std::int64_t{1}}});
    if (op == "Softmax") graph.add(op, result, {scores}, {{"axis", std::int64_t{-1}}});
    if (op == "Sigmoid") graph.add(op, result, {scores});
  }
}

}  // namespace millrace
