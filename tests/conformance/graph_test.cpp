// SPDX-License-Identifier: Apache-2.0
//
// What the tables' sequences do not have: values that several layers take, inputs side by side, categories beside
// measures. Loss and gradient against the reference in double, and the same bits for any thread count.
#include <gtest/gtest.h>

#include "support/reference.hpp"

#include "conformance/cases.hpp"

namespace millrace::test {
namespace {

struct GraphCase {
  std::string name;
  NetworkDescription network;
  friend std::ostream& operator<<(std::ostream& out, const GraphCase& c) { return out << c.name; }
};

GraphLayer node(const std::string& name, const std::string& layer, std::vector<std::string> inputs) {
  return {name, parse_layer(layer), std::move(inputs)};
}

std::vector<GraphCase> graph_cases() {
  std::vector<GraphCase> cases;
  // Every layer on images is one of several that take a value, so that its delta is added to another's.
  cases.push_back(
      {"residual_images",
       {{{"x", {7}}},
        {node("wide", "60:tanh", {"x"}), node("image", "reshape:4x5x3", {"wide"}),
         node("conv", "conv2d:3:3:tanh:padding=same", {"image"}), node("max", "max_pooling2d:3:1:same", {"image"}),
         node("mean", "average_pooling2d:3:1:same", {"image"}), node("norm", "batch_normalization", {"image"}),
         node("sum", "add", {"image", "conv", "max", "mean", "norm", "image"}), node("flat", "flatten", {"sum"}),
         node("end", "3:softmax", {"flat"})}}});
  // An image straight from an input that is not alone: its rows have gaps.
  cases.push_back({"image_beside_columns",
                   {{{"image", {4, 4, 2}}, {"columns", {5}}},
                    {node("conv", "conv2d:3:2:relu", {"image"}), node("max", "global_max_pooling2d", {"conv"}),
                     node("mean", "global_average_pooling2d", {"image"}),
                     node("all", "concatenate", {"max", "columns", "mean"}), node("end", "3:softmax", {"all"})}}});
  // Two tables for the same categories, one of them sparse, beside measures.
  cases.push_back(
      {"wide_and_deep",
       {{{"city", {2}}, {"measures", {4}}},
        {node("dense_table", "embedding:6:3", {"city"}), node("sparse_table", "embedding:9:2:sparse=true", {"city"}),
         node("a", "flatten", {"dense_table"}), node("b", "flatten", {"sparse_table"}),
         node("deep", "concatenate", {"a", "b", "measures"}), node("hidden", "5:tanh", {"deep"}),
         node("residual", "5", {"hidden"}), node("sum", "add", {"residual", "hidden"}),
         node("both", "concatenate", {"sum", "measures"}), node("end", "3:softmax", {"both"})}}});
  // Gates and comparisons of branches; a value that joins itself, three inputs, images.
  cases.push_back(
      {"gates",
       {{{"x", {7}}},
        {node("value", "12:tanh", {"x"}), node("gate", "12:sigmoid", {"x"}),
         node("gated", "multiply", {"value", "gate", "gate"}), node("less", "subtract", {"gated", "value", "gate"}),
         node("image", "reshape:2x2x3", {"less"}), node("conv", "conv2d:3:1", {"image"}),
         node("max", "maximum", {"image", "conv", "image"}), node("min", "minimum", {"conv", "max", "image"}),
         node("flat", "flatten", {"min"}), node("end", "3:softmax", {"flat"})}}});
  // The loss judges the mean, as of any layer; an ensemble's members are in model/ensemble_test.cpp.
  cases.push_back({"mean_of_branches",
                   {{{"x", {7}}},
                    {node("a", "12:tanh", {"x"}), node("b", "12:sigmoid", {"x"}),
                     node("mean", "average", {"a", "b", "a"}), node("end", "3:softmax", {"mean"})}}});
  return cases;
}

class GraphConformance : public ::testing::TestWithParam<GraphCase> {
 protected:
  GraphConformance() : network_(GetParam().network, 7) { network_.shake(7); }
  TestNetwork network_;
  std::shared_ptr<const Loss> loss_ = make_loss(parse_loss("sparse_categorical_crossentropy"));
};

TEST_P(GraphConformance, LossAndGradientAreThoseOfTheReference) {
  const ReferenceBatch batch = random_batch(network_, *loss_, 13, 3, true);
  const std::vector<double> parameters(network_.weights.begin(), network_.weights.end());
  const EngineResult engine = engine_gradient(network_, *loss_, batch, 1);
  EXPECT_NEAR(engine.loss, reference_loss(network_, *loss_, parameters, batch), 2e-6 * std::max(1.0, engine.loss));
  EXPECT_LT(relative_difference(engine.gradient, reference_gradient(network_, *loss_, parameters, batch), 1e-3), 2e-5);
}

TEST_P(GraphConformance, EveryThreadCountGivesTheSameBits) {
  const ReferenceBatch batch = random_batch(network_, *loss_, 307, 5);
  const EngineResult one = engine_gradient(network_, *loss_, batch, 1);
  for (const int threads : {2, 5}) {
    const EngineResult several = engine_gradient(network_, *loss_, batch, threads);
    EXPECT_EQ(one.loss, several.loss) << threads << " threads";
    EXPECT_TRUE(one.gradient == several.gradient) << threads << " threads";
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, GraphConformance, ::testing::ValuesIn(graph_cases()),
                         [](const auto& value) { return value.param.name; });

}  // namespace
}  // namespace millrace::test
