// SPDX-License-Identifier: Apache-2.0
//
// Graphs of other programs with limits far from the numbers that networks usually have: a limit that no layer has must not
// get lost.
#include <gtest/gtest.h>

#include <limits>

#include "export/graphs.hpp"
#include "millrace/millrace.hpp"
#include "model/import/imported_model.hpp"
#include "ops/activations/activation.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

// z = x w; nodes that make y of it are still missing.
PlainGraph product() {
  PlainGraph graph;
  graph.inputs = {{"x", {3}}};
  graph.outputs = {{"y", {2}}};
  graph.add_constant("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  graph.add("MatMul", "z", {"x", "w"});
  return graph;
}

std::string constant(PlainGraph& graph, const std::string& name, float value) {
  return graph.add_constant(name, {}, {value});
}

void load(const PlainGraph& graph, Model::State& state) { import_model(graph, "pytorch 2.15.0", "m.onnx", state); }

void refuses(const PlainGraph& graph, const std::string& node) {
  Model::State state;
  expect_error(ErrorKind::data, {node, "compute nothing that a layer of millrace computes"},
               [&] { load(graph, state); });
}

TEST(ImportedLimits, OfClipAreNotLost) {
  constexpr float infinite = std::numeric_limits<float>::infinity();
  for (const auto& [least, most] :
       {std::pair(-100.0F, 100.0F), std::pair(0.0F, 1000.0F), std::pair(-infinite, 1e6F), std::pair(-1e30F, 1e30F)}) {
    PlainGraph graph = product();
    graph.add("Clip", "y", {"z", constant(graph, "least", least), constant(graph, "most", most)});
    refuses(graph, "node 2 of 2, 'y' (Clip)");
  }
  PlainGraph old = product();
  old.add("Clip", "y", {"z"}, {{"min", 0.0F}, {"max", 50.0F}});
  refuses(old, "node 2 of 2, 'y' (Clip)");
}

TEST(ImportedLimits, BehindAScaleAreNotLost) {
  PlainGraph graph = product();
  graph.add("Tanh", "t", {"z"});
  graph.add("Mul", "scaled", {"t", constant(graph, "thousand", 1000)});
  graph.add("Min", "y", {"scaled", constant(graph, "most", 900)});
  refuses(graph, "'y' (Min)");
}

TEST(ImportedLimits, OfComparisonsAreNotLost) {
  PlainGraph graph = product();
  graph.add("Max", "y", {"z", constant(graph, "least", -77)});
  refuses(graph, "node 2 of 2, 'y' (Max)");
  // 0 between 1000 and 1010, and nowhere else.
  PlainGraph band = product();
  band.add("Less", "below", {"z", constant(band, "upper", 1010)});
  band.add("Where", "low", {"below", constant(band, "zero", 0), "z"});
  band.add("Greater", "above", {"z", constant(band, "lower", 1000)});
  band.add("Where", "y", {"above", "low", "z"});
  refuses(band, "(Less)");
}

// Exporters write the largest number of fp32 where there is no limit.
TEST(ImportedLimits, ThatNoNumberReachesAreNone) {
  PlainGraph graph = product();
  graph.add("Clip", "y",
            {"z", constant(graph, "least", 0), constant(graph, "most", std::numeric_limits<float>::max())});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.network->nodes()[0].layer->activation()->text(), "relu");
}

TEST(ImportedLimits, AreNotSeenWhereTheFunctionItselfOverflows) {
  PlainGraph graph = product();
  graph.add("Exp", "e", {"z"});
  graph.add("Add", "sum", {"e", constant(graph, "one", 1)});
  graph.add("Log", "y", {"sum"});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.network->nodes()[0].layer->activation()->text(), "softplus");
}

TEST(ImportedPads, ByNothingAreNone) {
  PlainGraph graph = product();
  graph.add("Pad", "padded", {"z", graph.add_integers("pads", {4}, {0, 0, 0, 0})});
  graph.add("Tanh", "y", {"padded"});
  Model::State state;
  load(graph, state);
  ASSERT_EQ(state.network->nodes().size(), 1U);
  EXPECT_EQ(state.network->nodes()[0].layer->activation()->text(), "tanh");
}

TEST(ImportedNormalizations, ByTheRootMeanSquareHaveAScale) {
  PlainGraph graph = product();
  graph.add("Mul", "square", {"z", "z"});
  graph.add("ReduceMean", "mean", {"square"}, {{"axes", std::vector<std::int64_t>{1}}});
  graph.add("Add", "more", {"mean", constant(graph, "epsilon", 1e-5F)});
  graph.add("Sqrt", "root", {"more"});
  graph.add("Div", "unit", {"z", "root"});
  graph.add("Mul", "y", {"unit", graph.add_constant("gamma", {2}, {3, -2})});
  Model::State state;
  load(graph, state);
  ASSERT_EQ(state.network->nodes().size(), 2U);
  EXPECT_EQ(state.network->parameters()[1].name, "rms_normalization_1/scale");
  EXPECT_NEAR(state.store->values(1)[0], 3, 1e-5);
  EXPECT_NEAR(state.store->values(1)[1], -2, 1e-5);
}

}  // namespace
}  // namespace millrace::test
