// SPDX-License-Identifier: Apache-2.0
//
// Values of a graph live as long as something reads them: wherever they are read again, and whatever else they are.
// What each operator computes is shown by the conformance tests, which run exported operations.
#include "export/graph_evaluator.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "millrace/error.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

using test::expect_error;

PlainGraph with_constant() {
  PlainGraph graph;
  graph.inputs.push_back({"x", {1}});
  graph.add_constant("two", {1}, {2.0F});
  return graph;
}

std::vector<double> results(const PlainGraph& graph) {
  std::vector<double> numbers;
  for (const DoubleTensor& output : evaluate_graph(graph, {{"x", {{1, 1}, {3.0}}}})) {
    EXPECT_EQ(output.values.size(), 1U);
    numbers.push_back(output.values.at(0));
  }
  return numbers;
}

TEST(GraphEvaluator, KeepsWhatLaterNodesRead) {
  PlainGraph graph = with_constant();
  graph.add("Add", "sum", {"x", "two"});
  graph.add("Mul", "square", {"sum", "sum"});
  graph.add("Sub", "less", {"square", "two"});
  graph.add("Sub", "rest", {"less", "x"});
  graph.add("Add", "again", {"rest", "sum"});
  graph.outputs.push_back({"again", {1}});
  EXPECT_EQ(results(graph), std::vector<double>{25.0 - 2.0 - 3.0 + 5.0});
}

TEST(GraphEvaluator, GivesOutputsThatAreReadAsWell) {
  PlainGraph graph = with_constant();
  graph.add("Add", "sum", {"x", "two"});
  graph.add("Mul", "product", {"sum", "two"});
  graph.add("Mul", "unread", {"sum", "sum"});
  for (const char* output : {"sum", "product", "two", "x", "sum"}) graph.outputs.push_back({output, {1}});
  EXPECT_EQ(results(graph), (std::vector<double>{5, 10, 2, 3, 5}));
}

// A model is evaluated on many chunks of rows; its weights must not be copied for each.
TEST(GraphEvaluator, LeavesTheGraphOfTheCallerAsItIs) {
  PlainGraph graph = with_constant();
  graph.add("Add", "sum", {"x", "two"});
  graph.outputs.push_back({"sum", {1}});
  const float* const numbers = graph.constants.at("two").values.data();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(results(graph), std::vector<double>{5.0});
  EXPECT_EQ(graph.constants.at("two").values.data(), numbers);
  EXPECT_EQ(evaluate_graph(std::move(graph), {{"x", {{1, 1}, {3.0}}}}).at(0).values, std::vector<double>{5.0});
  EXPECT_TRUE(graph.constants.empty());  // NOLINT: freed at their first use
}

// y = x W twice, by weights of fp32 that only products read, and by the same numbers that something else reads, too.
TEST(GraphEvaluator, MultipliesMatricesInBothLayouts) {
  constexpr std::int64_t rows = 3, inner = 5, columns = 11;  // more columns than are computed at once
  DoubleTensor x{{rows, inner}, {}};
  for (std::int64_t i = 0; i < rows * inner; ++i) x.values.push_back(0.25 * static_cast<double>(i * 7 % 13) - 1);
  std::vector<float> weights(inner * columns), turned(inner * columns);
  std::vector<double> expected(rows * columns);
  for (std::int64_t p = 0; p < inner; ++p)
    for (std::int64_t j = 0; j < columns; ++j) {
      const std::int64_t at = p * columns + j;
      weights[at] = turned[j * inner + p] = static_cast<float>(at * 5 % 17) - 8;
      for (std::int64_t i = 0; i < rows; ++i)
        expected[i * columns + j] += x.values[i * inner + p] * static_cast<double>(weights[at]);
    }
  for (const bool shared : {false, true}) {
    PlainGraph graph;
    graph.inputs = {{"x", {inner}}};
    graph.add_constant("w", {inner, columns}, weights);
    graph.add_constant("t", {columns, inner}, turned);
    graph.add("MatMul", "product", {"x", "w"});
    graph.add("Gemm", "gemm", {"x", "t"}, {{"transB", std::int64_t{1}}});
    graph.outputs = {{"product", {columns}}, {"gemm", {columns}}};
    if (shared) {
      graph.add("Add", "sum", {"w", "w"});
      graph.add("Gemm", "double", {"x", "sum"}, {{"alpha", 0.5F}});
      for (const char* const name : {"double", "t"}) graph.outputs.push_back({name, {columns}});
    }
    const std::vector<DoubleTensor> kept = evaluate_graph(graph, {{"x", x}});
    EXPECT_EQ(kept.at(0).values, expected);
    EXPECT_EQ(kept.at(1).values, expected);
    if (shared) {
      EXPECT_EQ(kept.at(2).values, expected);
      EXPECT_EQ(kept.at(3).values, std::vector<double>(turned.begin(), turned.end()));
    }
    EXPECT_EQ(evaluate_graph(std::move(graph), {{"x", x}}).at(0).values, expected);
  }
}

TEST(GraphEvaluator, NamesWhatIsNotThere) {
  PlainGraph graph = with_constant();
  graph.add("Add", "sum", {"x", "three"});
  graph.outputs.push_back({"sum", {1}});
  expect_error(ErrorKind::data, {"sum", "input 'three' does not exist"}, [&] { return results(graph); });
  graph.nodes[0].inputs[1] = "two";
  graph.outputs.push_back({"total", {1}});
  expect_error(ErrorKind::data, {"output 'total' does not exist"}, [&] { return results(graph); });
  graph.nodes[0].op = "Ad";
  expect_error(ErrorKind::data, {"'Ad'", "Add"}, [&] { return results(graph); });
}

TEST(GraphEvaluator, RefusesNodesWithoutTheInputsThatTheirOperatorNeeds) {
  const auto refuses = [](const std::string& op, std::vector<std::string> inputs, const std::string& expected) {
    PlainGraph graph = with_constant();
    graph.nodes.push_back({op, "y", std::move(inputs), {"y"}, {}});
    graph.outputs.push_back({"y", {1}});
    expect_error(ErrorKind::data, {op + " node 'y'", expected}, [&] { return results(graph); });
  };
  for (const char* const op : {"Add", "Greater", "Pow", "PRelu", "Mod", "MatMul", "Gemm", "Conv", "Gather", "Reshape",
                               "Expand", "LayerNormalization", "RMSNormalization", "ArrayFeatureExtractor",
                               "QuantizeLinear", "DequantizeLinear", "MatMulInteger", "ConvInteger"})
    refuses(op, {"x"}, "has 1 inputs, expected 2 or more");
  for (const char* const op : {"Where", "OneHot"}) refuses(op, {"x", "x"}, "has 2 inputs, expected 3 or more");
  refuses("BatchNormalization", {"x", "x", "x", "x"}, "has 4 inputs, expected 5 or more");
  for (const char* const op : {"Sum", "Max", "Min", "Concat"})
    refuses(op, {"x", "", "x"}, "has 1 inputs, expected 3 or more");
  for (const char* const op : {"Relu", "Sum", "Identity"}) refuses(op, {}, "has 0 inputs, expected 1 or more");
}

}  // namespace
}  // namespace millrace
