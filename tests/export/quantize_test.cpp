// SPDX-License-Identifier: Apache-2.0
//
// Graphs with smaller numbers: which nodes they have, and how near they come to the original.
#include "export/quantize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random.hpp"
#include "export/graphs.hpp"
#include "export/onnx_file.hpp"
#include "export/quantized_constants.hpp"

namespace millrace {
namespace {

using test::two_layers;

// (batch, 1, 4, 4) -> Conv, Relu -> Reshape -> Gemm -> (batch, 2)
PlainGraph images() {
  PlainGraph graph;
  Random random(1, RandomStream::noise);
  const auto normal = [&](std::int64_t count) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random.normal()));
    return values;
  };
  graph.inputs = {{"input", {1, 4, 4}}};
  graph.outputs = {{"output", {2}}};
  graph.add_constant("kernel", {3, 1, 3, 3}, normal(27));
  graph.add_constant("bias", {3}, normal(3));
  graph.add_constant("w", {2, 12}, normal(24));
  graph.add_constant("b", {2}, normal(2));
  graph.add("Conv", "conv", {"input", "kernel", "bias"});
  graph.add("Relu", "relu", {"conv"});
  graph.add("Reshape", "flat", {"relu", graph.add_integers("shape", {2}, {-1, 12})});
  graph.add("Gemm", "output", {"flat", "w", "b"}, {{"transB", std::int64_t{1}}});
  return graph;
}

// (batch, 1), a row of a table -> (batch, 1, 3)
PlainGraph table() {
  PlainGraph graph;
  graph.inputs = {{"input", {1}, ValueType::int64}};
  graph.outputs = {{"output", {1, 3}}};
  graph.add_constant("table", {4, 3}, {1, 2, 3, -4, 5, 6, 7, -8, 9, 10, 11, 12});
  graph.add("Gather", "output", {"table", "input"}, {{"axis", std::int64_t{0}}});
  return graph;
}

DoubleTensor rows_for(const PlainGraph& graph) {
  DoubleTensor rows{graph.inputs[0].shape, {}, {}, graph.inputs[0].type};
  rows.shape.insert(rows.shape.begin(), 64);
  Random random(7, RandomStream::noise);
  for (std::int64_t i = 0; i < element_count(rows.shape); ++i)
    rows.values.push_back(rows.type == ValueType::int64 ? static_cast<double>(random.below(4)) : random.normal());
  return rows;
}

ObservedValues observed_on(const PlainGraph& graph, const DoubleTensor& rows) {
  ObservedValues observed;
  observe(graph, {{"input", rows}}, observed);
  return observed;
}

// The largest difference of an output, after the graph was a file, by the largest output.
double difference(const PlainGraph& graph, const PlainGraph& smaller, const DoubleTensor& rows) {
  const PlainGraph read = parse_onnx(serialize_onnx(smaller), "smaller");
  EXPECT_TRUE(test::same(read, smaller));
  const DoubleTensor a = evaluate_graph(graph, {{"input", rows}})[0], b = evaluate_graph(read, {{"input", rows}})[0];
  std::set<std::string> names;
  for (const GraphNode& node : read.nodes) EXPECT_TRUE(names.insert(node.name).second) << node.name;  // ONNX Runtime
  double largest = 0, size = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    largest = std::max(largest, std::abs(a.values[i] - b.values[i]));
    size = std::max(size, std::abs(a.values[i]));
  }
  return largest / size;
}

std::int64_t count(const PlainGraph& graph, const std::string& op) {
  return std::ranges::count(graph.nodes, op, &GraphNode::op);
}

TEST(Quantize, BytesComeNearTheOriginal) {
  for (const PlainGraph& graph : {two_layers(), images(), table()}) {
    const DoubleTensor rows = rows_for(graph);
    const PlainGraph smaller = with_bytes(graph, observed_on(graph, rows));
    EXPECT_GT(difference(graph, smaller, rows), 0);
    EXPECT_LT(difference(graph, smaller, rows), 0.05) << graph.nodes[0].op;
    for (const auto& [name, tensor] : smaller.constants) {
      if (tensor.shape.size() > 1) {
        EXPECT_EQ(tensor.smaller, ValueType::int8) << name;
      }
    }
  }
}

TEST(Quantize, DynamicBytesComeNearTheOriginal) {
  for (const PlainGraph& graph : {two_layers(), images(), table()}) {
    const DoubleTensor rows = rows_for(graph);
    const PlainGraph smaller = with_dynamic_bytes(graph);
    EXPECT_LT(difference(graph, smaller, rows), 0.05) << graph.nodes[0].op;
    EXPECT_EQ(count(smaller, "Gemm") + count(smaller, "Conv"), 0);
  }
}

TEST(Quantize, HalvesComeNearTheOriginal) {
  for (const PlainGraph& graph : {two_layers(), images(), table()}) {
    const DoubleTensor rows = rows_for(graph);
    const PlainGraph smaller = with_halves(graph, observed_on(graph, rows));
    EXPECT_LT(difference(graph, smaller, rows), 0.003) << graph.nodes[0].op;
    for (const auto& [name, tensor] : smaller.constants) {
      if (tensor.shape.size() > 1) {
        EXPECT_EQ(tensor.smaller, ValueType::real16) << name;
      }
    }
  }
  const PlainGraph graph = two_layers();
  const PlainGraph smaller = with_halves(graph, observed_on(graph, rows_for(graph)));
  // The last activation stays in fp32: one way in, one way out.
  EXPECT_EQ(count(smaller, "Cast"), 2);
  EXPECT_EQ(smaller.nodes.back().inputs[0], "dense_2");
}

TEST(Quantize, ConvolutionsHaveQuantisedResultsAfterTheirRelu) {
  const PlainGraph graph = images();
  const PlainGraph smaller = with_bytes(graph, observed_on(graph, rows_for(graph)));
  const auto at = [&](const std::string& op) { return std::ranges::find(smaller.nodes, op, &GraphNode::op); };
  EXPECT_EQ(at("Conv")[1].op, "Relu");
  EXPECT_EQ(at("Conv")[2].op, "QuantizeLinear");
  EXPECT_EQ(at("Conv")[2].inputs[0], "relu");
  EXPECT_EQ(at("Reshape")->inputs[0], "relu/dequantized");
}

TEST(Quantize, SumsOfTwoProductsFitSixteenBits) {
  GraphTensor weights{.shape = {2, 2}, .values = {-3, 3, 1e-3F, 1e-9F}};
  const QuantizedWeights found = quantize_channels(weights, 0);
  EXPECT_EQ(found.integers.integers, (std::vector<std::int64_t>{-63, 63, 63, 0}));
  EXPECT_FLOAT_EQ(found.scales[0], 3.0F / 63);
  EXPECT_LT(2 * 255 * 63, 32768);
  EXPECT_EQ(quantize_channels({.shape = {1, 2}, .values = {0, 0}}, 0).scales, std::vector<float>{1});
}

TEST(Quantize, ScalesCutOffRareExtremes) {
  ObservedValue value{.least = -1, .most = 100};
  for (int i = 0; i < 10000; ++i) value.sample.push_back(static_cast<float>(i % 200) / 100 - 1);
  EXPECT_LT(byte_scale(value).scale, 0.05F);
  EXPECT_NEAR(static_cast<double>(byte_scale({.least = -1, .most = 1, .sample = {-1, 0, 1}}).scale), 2.0 / 255, 1e-9);
  EXPECT_EQ(byte_scale({}).scale, 1);
}

TEST(Quantize, WhatAHalfCannotHoldStaysInFloats) {
  PlainGraph graph = two_layers();
  DoubleTensor rows = rows_for(graph);
  rows.values[4] = 1e6;
  const PlainGraph smaller = with_halves(graph, observed_on(graph, rows));
  EXPECT_TRUE(smaller.constants.contains("w1"));  // its input is too large
  EXPECT_FALSE(smaller.constants.contains("w1/half"));
  PlainGraph large = two_layers();
  large.constants["w2"].values[0] = 1e5F;
  const PlainGraph kept = with_halves(large, observed_on(large, rows_for(large)));
  EXPECT_TRUE(kept.constants.contains("w1/half"));
  EXPECT_TRUE(kept.constants.contains("w2"));
  EXPECT_LT(difference(large, kept, rows_for(large)), 0.01);
}

TEST(Quantize, ASmallProductStaysInFloats) {
  PlainGraph graph;
  graph.inputs = {{"input", {20}}};
  graph.outputs = {{"output", {1}}};
  graph.add_constant("w1", {20, 10}, std::vector<float>(200, 0.25F));
  graph.add_constant("w2", {10, 1}, std::vector<float>(10, 0.3F));
  graph.add("MatMul", "hidden", {"input", "w1"});
  graph.add("MatMul", "output", {"hidden", "w2"});
  const DoubleTensor rows = rows_for(graph);
  EXPECT_FALSE(with_bytes(graph, observed_on(graph, rows)).constants.contains("w2"));
  graph.constants["w1"] = {.shape = {20, 40}, .values = std::vector<float>(800, 0.25F)};
  graph.constants["w2"] = {.shape = {40, 1}, .values = std::vector<float>(40, 0.3F)};
  EXPECT_FALSE(with_dynamic_bytes(graph).constants.contains("w2"));
  graph.constants["w1"] = {.shape = {20, 400}, .values = std::vector<float>(8000, 0.25F)};
  graph.constants["w2"] = {.shape = {400, 1}, .values = std::vector<float>(400, 0.3F)};
  graph.add_constant("w3", {1, 1}, {2});
  graph.nodes[1].name = "score";
  graph.nodes[1].outputs = {"score"};
  graph.add("MatMul", "output", {"score", "w3"});
  for (const PlainGraph& smaller : {with_bytes(graph, observed_on(graph, rows)), with_dynamic_bytes(graph)}) {
    EXPECT_TRUE(smaller.constants.contains("w3"));
    EXPECT_FALSE(smaller.constants.contains("w2"));
    EXPECT_LT(difference(graph, smaller, rows), 0.05);
  }
}

TEST(Quantize, ABiasThatNeedsMoreThan32BitsStaysInFloats) {
  PlainGraph graph = two_layers();
  graph.constants["b1"].values[0] = 1e9F;
  const DoubleTensor rows = rows_for(graph);
  const PlainGraph smaller = with_bytes(graph, observed_on(graph, rows));
  EXPECT_TRUE(smaller.constants.contains("b1"));
  EXPECT_FALSE(smaller.constants.contains("b2"));
}

TEST(Quantize, NewValuesTakeFreeNames) {
  PlainGraph graph = two_layers();
  graph.add_constant("input/scale", {1}, {2});
  graph.add("Mul", "unused", {"dense_2", "input/scale"});
  graph.outputs.push_back({"unused", {2}});
  const DoubleTensor rows = rows_for(graph);
  EXPECT_LT(difference(graph, with_bytes(graph, observed_on(graph, rows)), rows), 0.05);
  EXPECT_LT(difference(graph, with_dynamic_bytes(graph), rows), 0.05);
}

}  // namespace
}  // namespace millrace
