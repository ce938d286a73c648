// SPDX-License-Identifier: Apache-2.0
//
// Small graphs that the tests of export/ write and read.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "export/graph_evaluator.hpp"
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

/// A row of a table: city, a text, and since, seconds in double -> (batch, 2) -> Softmax -> scores and a label, a text.
inline PlainGraph columns_and_label() {
  PlainGraph graph;
  graph.inputs = {{"city", {1}, ValueType::text}, {"since", {1}, ValueType::real64}};
  graph.outputs = {{"output", {2}}, {"label", {}, ValueType::text}};
  graph.add_encoder("code", "city", std::vector<std::string>{"Oslo", "São Paulo", ""}, {1, 2, 0.5F}, -1);
  graph.add_doubles("origin", {1}, {1.7e9 + 0.1});
  graph.add("Sub", "distance", {"since", "origin"});
  graph.add("Cast", "single", {"distance"}, {{"to", cast_to_real32}});
  graph.add("Concat", "prepared", {"code", "single"}, {{"axis", std::int64_t{1}}});
  graph.add("Softmax", "output", {"prepared"}, {{"axis", std::int64_t{-1}}});
  graph.add("ArgMax", "class", {"output"}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  graph.add_texts("classes", {2}, {"no", "yes, but"});
  graph.add("Gather", "label", {"classes", "class"}, {{"axis", std::int64_t{0}}});
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

/// What `op` computes of these operands.
inline DoubleTensor result(const std::string& op, const std::vector<DoubleTensor>& operands,
                           std::map<std::string, NodeAttribute> attributes = {},
                           Arithmetic arithmetic = Arithmetic::exact) {
  PlainGraph graph;
  std::map<std::string, DoubleTensor> values;
  std::vector<std::string> names;
  for (const DoubleTensor& tensor : operands) {
    names.push_back("x" + std::to_string(names.size()));
    values[names.back()] = tensor;
  }
  graph.add(op, "y", names, std::move(attributes));
  graph.outputs = {{"y", {1}}};
  return evaluate_graph(graph, std::move(values), arithmetic).at(0);
}

inline bool same(const PlainGraph& a, const PlainGraph& b) {
  const auto same_value = [](const GraphValue& x, const GraphValue& y) {
    return x.name == y.name && x.shape == y.shape && x.type == y.type;
  };
  const auto same_node = [](const GraphNode& x, const GraphNode& y) {
    return x.op == y.op && x.name == y.name && x.inputs == y.inputs && x.outputs == y.outputs &&
           x.attributes == y.attributes && x.domain == y.domain;
  };
  const auto same_constant = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.shape == y.second.shape && x.second.values == y.second.values &&
           x.second.integers == y.second.integers && x.second.doubles == y.second.doubles &&
           x.second.texts == y.second.texts && x.second.smaller == y.second.smaller;
  };
  return std::ranges::equal(a.nodes, b.nodes, same_node) &&
         std::ranges::equal(a.constants, b.constants, same_constant) &&
         std::ranges::equal(a.inputs, b.inputs, same_value) && std::ranges::equal(a.outputs, b.outputs, same_value) &&
         a.metadata == b.metadata;
}

}  // namespace millrace::test
