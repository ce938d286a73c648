// SPDX-License-Identifier: Apache-2.0
#include "export/graph_digest.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "export/graphs.hpp"
#include "export/onnx_file.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::columns_and_label;
using test::two_layers;

TEST(GraphDigest, EveryPartOfAGraphCounts) {
  const std::map<std::string, std::function<void(PlainGraph&)>> changes{
      {"the name of an input", [](PlainGraph& graph) { graph.inputs[0].name = "x"; }},
      {"the shape of an output", [](PlainGraph& graph) { graph.outputs[0].shape = {3}; }},
      {"one weight", [](PlainGraph& graph) { graph.constants["w1"].values[5] += 1e-6F; }},
      {"the shape of a constant",
       [](PlainGraph& graph) {
         graph.constants["w1"].shape = {3, 4};
       }},
      {"the name of a constant",
       [](PlainGraph& graph) {
         graph.constants["w3"] = graph.constants["w1"];
         graph.constants.erase("w1");
       }},
      {"whole numbers", [](PlainGraph& graph) { graph.add_integers("shape", {1}, {4}); }},
      {"an operator", [](PlainGraph& graph) { graph.nodes[1].op = "Elu"; }},
      {"an operand", [](PlainGraph& graph) { graph.nodes[3].inputs = {"relu_1"}; }},
      {"an attribute", [](PlainGraph& graph) { graph.nodes[2].attributes["alpha"] = 2.0F; }},
      {"the type of an attribute", [](PlainGraph& graph) { graph.nodes[2].attributes["alpha"] = std::int64_t{1}; }},
      {"the domain of an operator", [](PlainGraph& graph) { graph.nodes[1].domain = "ai.onnx.ml"; }},
      {"the type of an input", [](PlainGraph& graph) { graph.inputs[0].type = ValueType::real64; }},
      {"a text", [](PlainGraph& graph) { graph.add_texts("classes", {1}, {"yes"}); }},
      {"a list of texts",
       [](PlainGraph& graph) {
         graph.nodes[1].attributes["keys"] = std::vector<std::string>{"a", "b"};
       }},
      {"the order of nodes", [](PlainGraph& graph) { std::swap(graph.nodes[0], graph.nodes[1]); }},
  };
  const std::string digest = graph_digest(two_layers(), "description");
  for (const auto& [what, change] : changes) {
    PlainGraph graph = two_layers();
    change(graph);
    EXPECT_NE(graph_digest(graph, "description"), digest) << what;
  }
  EXPECT_NE(graph_digest(two_layers(), "another description"), digest);
}

TEST(GraphDigest, EveryTextAndDoubleCounts) {
  const std::string digest = graph_digest(columns_and_label(), "");
  const std::vector<std::function<void(PlainGraph&)>> changes{
      [](PlainGraph& graph) {
        graph.constants["classes"].texts = {"no", "yes"};
      },
      [](PlainGraph& graph) {
        graph.constants["classes"].texts = {"noyes, but", ""};
      },
      [](PlainGraph& graph) { graph.constants["origin"].doubles = {1.7e9}; },
      [](PlainGraph& graph) { graph.inputs[0].type = ValueType::real32; },
      [](PlainGraph& graph) { graph.nodes[0].domain = ""; },
      [](PlainGraph& graph) {
        graph.nodes[0].attributes["keys_strings"] = std::vector<std::string>{"Oslo", "Sao Paulo", ""};
      }};
  for (const auto& change : changes) {
    PlainGraph graph = columns_and_label();
    change(graph);
    EXPECT_NE(graph_digest(graph, ""), digest);
  }
}

// What version 0.1 and format 2 wrote must keep its digest.
TEST(GraphDigest, AGraphOfFloatsKeepsItsDigest) {
  EXPECT_EQ(graph_digest(two_layers(), ""), "e857e31aff7ee3d75c0f482ceed19da9");
}

TEST(GraphDigest, NamesOfNodesAndMetadataDoNotCount) {
  PlainGraph graph = two_layers();
  graph.nodes[0].name = "first";
  graph.metadata["note"] = "mine";
  EXPECT_EQ(graph_digest(graph, ""), graph_digest(two_layers(), ""));
}

TEST(GraphDigest, AFileHasTheDigestOfTheGraphThatWasWritten) {
  test::TemporaryDirectory folder;
  write_onnx(two_layers(), folder.file("m.onnx"));
  EXPECT_EQ(graph_digest(read_onnx(folder.file("m.onnx")), ""), graph_digest(two_layers(), ""));
}

}  // namespace
}  // namespace millrace
