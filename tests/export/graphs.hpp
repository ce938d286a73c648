// SPDX-License-Identifier: Apache-2.0
//
// Small graphs that the tests of export/ write and read.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "ops/graph_node.hpp"

namespace millrace::test {

/// (batch, 3) -> Gemm, Relu -> (batch, 4) -> Gemm, Sigmoid -> (batch, 2)
inline PlainGraph two_layers() {
  PlainGraph graph;
  graph.inputs = {{"input", {3}}};
  graph.outputs = {{"output", {2}}};
  graph.metadata = {{"millrace.loss", "binary_crossentropy"}, {"empty", ""}};
  graph.add_constant("w1", {4, 3}, {0.5F, -1.0F, 0.25F, 1.0F, 0.0F, -0.5F, 2.0F, 1.5F, -2.0F, 0.125F, 0.75F, -0.25F});
  graph.add_constant("b1", {4}, {0.1F, -0.2F, 0.3F, 0.0F});
  graph.add_constant("w2", {2, 4}, {1.0F, -1.0F, 0.5F, 0.25F, -0.75F, 2.0F, 0.0F, 1.0F});
  graph.add_constant("b2", {2}, {-0.1F, 0.2F});
  graph.add("Gemm", "dense_1", {"input", "w1", "b1"}, {{"transB", std::int64_t{1}}});
  graph.add("Relu", "relu_1", {"dense_1"});
  graph.add("Gemm", "dense_2", {"relu_1", "w2", "b2"}, {{"transB", std::int64_t{1}}, {"alpha", 1.0F}});
  graph.add("Sigmoid", "output", {"dense_2"});
  return graph;
}

/// `op` applied to an input of `shape`, giving `output`.
inline PlainGraph one_node(const std::string& op, Shape shape, Shape output,
                           std::map<std::string, NodeAttribute> attributes = {}) {
  PlainGraph graph;
  graph.inputs = {{"x", std::move(shape)}};
  graph.outputs = {{"y", std::move(output)}};
  graph.add(op, "y", {"x"}, std::move(attributes));
  return graph;
}

inline bool same(const PlainGraph& a, const PlainGraph& b) {
  const auto same_value = [](const GraphValue& x, const GraphValue& y) {
    return x.name == y.name && x.shape == y.shape;
  };
  const auto same_node = [](const GraphNode& x, const GraphNode& y) {
    return x.op == y.op && x.name == y.name && x.inputs == y.inputs && x.outputs == y.outputs &&
           x.attributes == y.attributes;
  };
  const auto same_constant = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.shape == y.second.shape && x.second.values == y.second.values &&
           x.second.integers == y.second.integers;
  };
  return std::ranges::equal(a.nodes, b.nodes, same_node) &&
         std::ranges::equal(a.constants, b.constants, same_constant) &&
         std::ranges::equal(a.inputs, b.inputs, same_value) && std::ranges::equal(a.outputs, b.outputs, same_value) &&
         a.metadata == b.metadata;
}

}  // namespace millrace::test
