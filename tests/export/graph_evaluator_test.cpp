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

}  // namespace
}  // namespace millrace
