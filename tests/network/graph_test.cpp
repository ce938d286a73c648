// SPDX-License-Identifier: Apache-2.0
#include "millrace/graph.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "export/onnx_file.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

Tensor wide_and_deep() {
  const Tensor wide = input("wide", {"c", "a"}), deep = input("deep", {"a", "b"}), city = input("city", {"city"});
  const Tensor place = city | Embedding{.input_dim = 5, .output_dim = 3} | Flatten{};
  const Tensor hidden = (concatenate({deep, place}) | Dense{.units = 6, .activation = "tanh"}).named("hidden");
  return concatenate({add({hidden, hidden | Dense{.units = 6}}), wide}) | Dense{.units = 1, .activation = "sigmoid"};
}

Model compiled(Model model) {
  model.compile({.optimizer = Adam{.learning_rate = 0.02}, .loss = BinaryCrossentropy{}});
  return model;
}

TEST(Graph, TrainsAndIsReadBackFromFiles) {
  const Dataset data = people();
  const TemporaryDirectory folder;
  Model model = compiled(Model(wide_and_deep()));
  model.standardize(data);
  const History history = model.fit(data, {.epochs = 60, .batch_size = 8, .checkpoint = folder.file("c.safetensors")});
  EXPECT_LT(history.epochs.back().loss, 0.4 * history.epochs.front().loss);
  const Matrix scores = model.predict(data);
  model.export_onnx(folder.file("m.onnx"));
  for (Model* read : {new Model(Model::load_onnx(folder.file("m.onnx"))),
                      new Model(Model::load_checkpoint(folder.file("c.safetensors")))}) {
    const std::unique_ptr<Model> owner(read);
    EXPECT_EQ(read->input_width(), 4);
    const Matrix again = read->predict(data);
    for (std::int64_t r = 0; r < 40; ++r) ASSERT_EQ(again.row(r)[0], scores.row(r)[0]) << r;
    EXPECT_EQ(read->evaluate(data).loss, model.evaluate(data).loss);
    // The description that the model returns makes the same network.
    Model same(read->graph());
    same.build(data).copy_weights(*read);
    same.copy_preparation(model);
    EXPECT_EQ(same.predict(data).row(7)[0], scores.row(7)[0]);
  }
  const PlainGraph graph = read_onnx(folder.file("m.onnx"));
  std::map<std::string, Shape> inputs;
  for (const GraphValue& value : graph.inputs) inputs[value.name] = value.shape;
  EXPECT_EQ(inputs, (std::map<std::string, Shape>{{"city", {1}}, {"deep", {2}}, {"wide", {2}}}));
}

TEST(Graph, PutsLayersAfterTheirInputs) {
  const Graph graph{{{"x", {}, {}}}, {{"end", Dense{.units = 1}, {"left", "x"}}, {"left", "flatten", {"x"}}}};
  EXPECT_EQ(ordered(graph).layers[0].name, "left");
  EXPECT_EQ(ordered(graph).layers[1].name, "end");
}

TEST(Graph, RefusesInvalidGraphs) {
  const auto layers = [](std::vector<GraphLayer> given) {
    return Graph{{{"x", {}, {}}, {"y", {}, {}}}, std::move(given)};
  };
  const auto refuses = [](const Graph& graph, std::initializer_list<std::string> parts) {
    expect_error(ErrorKind::usage, parts, [&] { static_cast<void>(ordered(graph)); });
  };
  refuses(layers({{"a", Dense{.units = 1}, {"z"}}}), {"[a]", "unknown input 'z'", "x, y"});
  refuses(layers({{"a", Dense{.units = 1}, {}}}), {"[a]", "the first layer has no inputs", "x, y"});
  refuses(layers({{"a", Dense{.units = 1}, {"x"}}}), {"[y]", "no layer uses this input"});
  refuses(layers({{"a", Dense{.units = 1}, {"x"}}, {"b", Dense{.units = 1}, {"y"}}}), {"[a]", "'b'", "single output"});
  refuses(layers({{"x", Dense{.units = 1}, {"y"}}}), {"two inputs or layers have the name 'x'"});
  refuses(layers({{"a", Add{}, {"x", "c"}}, {"b", Dense{.units = 1}, {"a"}}, {"c", Dense{.units = 1}, {"b"}}}),
          {"a takes c takes b takes a", "cycle"});
  refuses({}, {"no layers"});
  refuses(layers(std::vector<GraphLayer>(10'001, {"", Dense{.units = 1}, {"x"}})), {"10001 layers", "at most 10000"});
  // Names that an exported graph could not have.
  refuses({{{"x", {}, {}}}, {{"output", Dense{.units = 1}, {"x"}}, {"b", Dense{.units = 1}, {"output"}}}},
          {"'output'", "other than the last", "the output of the exported model"});
  refuses({{{"output", {}, {}}}, {{"a", Dense{.units = 1}, {"output"}}}}, {"'output'"});
  refuses({{{"a/kernel", {}, {}}}, {{"a", Dense{.units = 1}, {"a/kernel"}}}}, {"'a/kernel'", "without '/'"});
  EXPECT_EQ(ordered({{{"x", {}, {}}}, {{"output", Dense{.units = 1}, {"x"}}}}).layers[0].name, "output");
  const Tensor x = input("x", {0, 2}), y = input("y", {2, 2});
  expect_error(ErrorKind::usage, {"[y]", "not among the inputs"}, [&] {
    static_cast<void>(graph_of({x}, concatenate({x, y}) | Dense{.units = 1}));
  });
  expect_error(ErrorKind::usage, {"[y]", "no layer uses this input"}, [&] {
    static_cast<void>(graph_of({x, y}, x | Dense{.units = 1}));
  });
  expect_error(ErrorKind::usage, {"the output is the input 'x'"}, [&] { static_cast<void>(graph_of({}, x)); });
}

}  // namespace
}  // namespace millrace::test
