// SPDX-License-Identifier: Apache-2.0
//
// Networks beyond the sequence: what tensors describe, how columns reach inputs, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "export/onnx_file.hpp"
#include "model/files/card.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

// 40 rows of a, b, c (measures) and city (0 to 4), with a label that depends on all of them.
Dataset people() {
  Matrix x(40, 4), y(40, 1);
  for (std::int64_t r = 0; r < 40; ++r) {
    for (std::int64_t c = 0; c < 3; ++c) x.row(r)[c] = static_cast<float>((r * 7 + c * 11) % 13) * 3 - 10;
    x.row(r)[3] = static_cast<float>(r % 5);
    y.row(r)[0] = (r * 7) % 13 > 5 || r % 5 == 2 ? 1.0F : 0.0F;
  }
  Dataset data = Dataset::view(x.values(), 4, y.values());
  data.feature_names = {"a", "b", "c", "city"};
  data.source = "people.csv";
  data.owners = {x.owner(), y.owner()};
  return data;
}

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

TEST(Graph, TensorsAreTrainedAndComeBackFromFiles) {
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
    // As a description it makes the same network again.
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

TEST(Graph, InputsTakeTheColumnsTheyName) {
  const Dataset data = people();
  Model model(input("x", {"c", "a"}) | Dense{.units = 1, .use_bias = false});
  model.build(data);
  model.set_weights("dense_1/kernel", std::vector<float>{100, 1});
  EXPECT_EQ(model.predict(data).row(3)[0], 100 * data.features.row(3)[2] + data.features.row(3)[0]);
  Model second(input("x", {1, 2}) | Dense{.units = 1, .use_bias = false});
  second.build(4);
  second.copy_weights(model);
  EXPECT_EQ(second.predict(data).row(3)[0], 100 * data.features.row(3)[1] + data.features.row(3)[2]);
}

TEST(Graph, ScalesEveryColumnByItself) {
  const Dataset data = people();
  Model model(input("x", {"c", "a"}) | Dense{.units = 1, .use_bias = false}),
      plain{Dense{.units = 1, .use_bias = false}};
  model.build(data);
  model.standardize(data);
  plain.build(data);
  plain.standardize(data);
  model.set_weights("dense_1/kernel", std::vector<float>{3, 2});
  plain.set_weights("dense_1/kernel", std::vector<float>{2, 0, 3, 0});
  EXPECT_FLOAT_EQ(model.predict(data).row(9)[0], plain.predict(data).row(9)[0]);
}

TEST(Graph, LayersMayStandInAnyOrder) {
  const Graph graph{{{"x", {}, {}}}, {{"end", Dense{.units = 1}, {"left", "x"}}, {"left", "flatten", {"x"}}}};
  EXPECT_EQ(ordered(graph).layers[0].name, "left");
  EXPECT_EQ(ordered(graph).layers[1].name, "end");
}

TEST(Graph, NamesWhatIsWrong) {
  const auto layers = [](std::vector<GraphLayer> given) {
    return Graph{{{"x", {}, {}}, {"y", {}, {}}}, std::move(given)};
  };
  const auto refuses = [](const Graph& graph, std::initializer_list<std::string> parts) {
    expect_error(ErrorKind::usage, parts, [&] { static_cast<void>(ordered(graph)); });
  };
  refuses(layers({{"a", Dense{.units = 1}, {"z"}}}), {"[a]", "unknown input 'z'", "x, y"});
  refuses(layers({{"a", Dense{.units = 1}, {}}}), {"[a]", "does not say what it takes", "x, y"});
  refuses(layers({{"a", Dense{.units = 1}, {"x"}}}), {"[y]", "no layer takes this input"});
  refuses(layers({{"a", Dense{.units = 1}, {"x"}}, {"b", Dense{.units = 1}, {"y"}}}), {"[a]", "'b'", "one output"});
  refuses(layers({{"x", Dense{.units = 1}, {"y"}}}), {"two inputs or layers are named 'x'"});
  refuses(layers({{"a", Add{}, {"x", "c"}}, {"b", Dense{.units = 1}, {"a"}}, {"c", Dense{.units = 1}, {"b"}}}),
          {"a takes c takes b takes a", "cycle"});
  refuses({}, {"no layers"});
  // What could not be exported.
  refuses({{{"x", {}, {}}}, {{"output", Dense{.units = 1}, {"x"}}, {"b", Dense{.units = 1}, {"output"}}}},
          {"'output'", "but the last", "as the exported model calls its output"});
  refuses({{{"output", {}, {}}}, {{"a", Dense{.units = 1}, {"output"}}}}, {"'output'"});
  refuses({{{"a/kernel", {}, {}}}, {{"a", Dense{.units = 1}, {"a/kernel"}}}}, {"'a/kernel'", "without '/'"});
  EXPECT_EQ(ordered({{{"x", {}, {}}}, {{"output", Dense{.units = 1}, {"x"}}}}).layers[0].name, "output");
  const Tensor x = input("x", {0, 2}), y = input("y", {2, 2});
  expect_error(ErrorKind::usage, {"[y]", "not among the inputs"}, [&] {
    static_cast<void>(graph_of({x}, concatenate({x, y}) | Dense{.units = 1}));
  });
  expect_error(ErrorKind::usage, {"[y]", "no layer takes this input"}, [&] {
    static_cast<void>(graph_of({x, y}, x | Dense{.units = 1}));
  });
  expect_error(ErrorKind::usage, {"the output is the input 'x'"}, [&] { static_cast<void>(graph_of({}, x)); });
}

TEST(Graph, SaysWhatShapesDoNotMeet) {
  const Tensor x = input("x", {0, 3});
  Model model(add({(x | Dense{.units = 5}).named("left"), (x | Dense{.units = 4}).named("right")}).named("sum"));
  expect_error(ErrorKind::usage, {"[sum]", "left (5)", "right (4)", "expected the same shape"},
               [&] { model.build(4); });
}

TEST(Graph, RefusesSizesThatNoMemoryHolds) {
  constexpr std::int64_t absurd = 4'000'000'000'000'000'000;
  const auto refuses = [](const std::vector<LayerConfig>& layers, std::initializer_list<std::string> parts,
                          std::int64_t inputs = 9) {
    expect_error(ErrorKind::usage, parts, [&] { return Model(layers).build(inputs).output_width(); });
  };
  refuses({Dense{.units = absurd}},
          {"[dense_1]", "(9, 4000000000000000000)", "3.6e+19 parameters of its kernel", "at most 1099511627776"});
  refuses({Dense{.units = absurd / 8, .use_bias = false}}, {"[dense_1]", "(9, 500000000000000000)"});
  refuses({Dense{.units = 4}, Dense{.units = std::int64_t{1} << 38}},
          {"[dense_2]", "1099511627776 parameters of its kernel", "at most 1099511627736"});
  refuses({Reshape{.shape = {3, 3, 1}}, Conv2d{.filters = absurd, .kernel_size = 2}},
          {"[conv2d_1]", "(2, 2, 1, 4000000000000000000)", "parameters of its kernel"});
  refuses({Embedding{.input_dim = 1, .output_dim = 1 << 20}},
          {"[embedding_1]", "(2097152, 1048576)", "2199023255552 numbers of a sample"}, 1 << 21);
}

TEST(ModelCard, RefusesAbsurdShapes) {
  for (const char* shape : {"[4294967296, 4294967297]", "[100000001]", "[-3]", "[0]"}) {
    const std::string card = R"({"inputs": [{"name": "x", "shape": )" + std::string(shape) + "}]}";
    expect_error(ErrorKind::data, {"[m.onnx]", "feature columns, expected 1 to 100000000"},
                 [&] { return card_from_json(card, "m.onnx"); });
  }
}

TEST(Graph, RefusesColumnsThatAreNotThere) {
  const Dataset data = people();
  Model named(input("x", {"citty"}) | Dense{.units = 1}), placed(input("x", {3, 2}) | Dense{.units = 1});
  expect_error(ErrorKind::usage, {"[x]", "unknown column 'citty'", "did you mean 'city'"}, [&] { named.build(data); });
  expect_error(ErrorKind::usage, {"[x]", "has no names"}, [&] { named.build(4); });
  expect_error(ErrorKind::usage, {"[x]", "2 columns from number 3", "has 4 feature columns"}, [&] { placed.build(4); });
}

TEST(Embedding, ChecksCategories) {
  Dataset data = people();
  Model model = compiled(Model(input("city", {"city"}) | Embedding{.input_dim = 4, .output_dim = 2} | Flatten{} |
                               Dense{.units = 1, .activation = "sigmoid"}));
  expect_error(ErrorKind::data,
               {"[fit] column 'city' of row 5 of people.csv is 4", "'city', a whole number from 0 to 3"},
               [&] { model.fit(data); });
  expect_error(ErrorKind::data, {"[predict]", "row 5"}, [&] { static_cast<void>(model.predict(data)); });
  Model inner{Dense{.units = 3}, Embedding{.input_dim = 4, .output_dim = 2}};
  expect_error(ErrorKind::usage, {"[embedding_1]", "expected an input of the model"}, [&] { inner.build(3); });
  expect_error(ErrorKind::usage, {"input_dim is 16777217"},
               [&] { static_cast<void>(Model{Embedding{.input_dim = 16777217, .output_dim = 2}}); });
}

// Some of 3000 categories, of which a batch has some, and several times.
std::vector<float> few_categories() {
  std::vector<float> x(96 * 2);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>((i * i * 31 + i / 9) % 127 * 23);
  return x;
}

std::vector<float> trained(bool sparse, const OptimizerConfig& optimizer, std::int64_t epochs, int threads = 1,
                           double embeddings_l2 = 0, const UpdateOptions& update = {}) {
  const std::vector<float> x = few_categories();
  std::vector<float> y(96);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(i % 2);
  const Dataset data = Dataset::view(x, 2, y);
  Model model{Embedding{.input_dim = 3000, .output_dim = 40, .sparse = sparse, .embeddings_l2 = embeddings_l2},
              Flatten{}, Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.optimizer = optimizer, .loss = BinaryCrossentropy{}, .update = update});
  model.fit(data, {.epochs = epochs, .batch_size = 32, .threads = threads});
  return weights_of(model);
}

TEST(Embedding, SparseUpdatesAreTheDenseOnesWhereNothingMovesByItself) {
  EXPECT_TRUE(trained(true, Sgd{.learning_rate = 0.1}, 3) == trained(false, Sgd{.learning_rate = 0.1}, 3));
  EXPECT_TRUE(trained(true, Adagrad{}, 3) == trained(false, Adagrad{}, 3));
}

// SparseAdam by hand: two categories of one number each, which is the output; moments of the one that is not there
// stand still, the count of steps does not.
TEST(Embedding, SparseAdamCountsEveryStep) {
  const std::vector<float> x{0, 1, 1, 0, 0, 1}, y{1, -2, 3, 0.5F, -1, 2};
  Model model{Embedding{.input_dim = 2, .output_dim = 1, .sparse = true}, Flatten{}};
  model.build(1, 3);
  std::vector<double> w{static_cast<double>(weights_of(model)[0]), static_cast<double>(weights_of(model)[1])}, m(2),
      v(2);
  model.compile({.optimizer = Adam{.learning_rate = 0.1}, .loss = MeanSquaredError{}});
  model.fit(Dataset::view(x, 1, y), {.epochs = 1, .batch_size = 1, .shuffle = false});
  for (std::size_t t = 1; t <= x.size(); ++t) {
    const auto at = static_cast<std::size_t>(x[t - 1]);
    const double g = 2 * (w[at] - static_cast<double>(y[t - 1])), step = static_cast<double>(t);
    m[at] += (g - m[at]) * 0.1;
    v[at] += (g * g - v[at]) * 0.001;
    w[at] -= 0.1 * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step)) * m[at] / (std::sqrt(v[at]) + 1e-7);
  }
  EXPECT_NEAR(weights_of(model)[0], w[0], 1e-5);
  EXPECT_NEAR(weights_of(model)[1], w[1], 1e-5);
}

TEST(Embedding, SparseUpdatesLeaveOtherRowsAlone) {
  const std::vector<float> before = trained(true, Adam{}, 0), after = trained(true, Adam{}, 2),
                           dense = trained(false, Adam{}, 2);
  std::size_t moved = 0;
  for (std::size_t row = 0; row < 3000; ++row) moved += before[row * 40] != after[row * 40] ? 1 : 0;
  const std::vector<float> x = few_categories();
  EXPECT_EQ(moved, std::set<float>(x.begin(), x.end()).size());
  EXPECT_TRUE(after != dense);
  EXPECT_TRUE(after == trained(true, Adam{}, 2, 3)) << "three threads";
  expect_error(ErrorKind::usage, {"embedding_1/embeddings", "sparse=false"}, [] {
    Model model{Embedding{.input_dim = 3, .output_dim = 4, .sparse = true}, Flatten{}, Dense{.units = 1}};
    model.compile({.loss = MeanSquaredError{}, .update = {.global_clipnorm = 1}});
    const std::vector<float> rows{0, 1, 2}, numbers{1, 2, 3};
    model.fit(Dataset::view(rows, 1, numbers), {.batch_size = 3});
  });
}

TEST(Embedding, APenaltyMakesUpdatesDense) {
  const std::vector<float> before = trained(true, Sgd{.learning_rate = 0.1}, 0),
                           after = trained(true, Sgd{.learning_rate = 0.1}, 1, 1, 0.25);
  // A row that no batch has: three steps, each of -0.1 * 2 * 0.25 w.
  const std::vector<float> x = few_categories();
  std::int64_t unseen = 0;
  for (std::size_t row = 0; row < 3000; ++row) {
    if (std::find(x.begin(), x.end(), static_cast<float>(row)) != x.end()) continue;
    ++unseen;
    for (std::size_t c = 0; c < 40; ++c)
      EXPECT_NEAR(after[row * 40 + c], before[row * 40 + c] * 0.857375F, 1e-7) << row;
  }
  EXPECT_GT(unseen, 2800);
  EXPECT_TRUE(after == trained(false, Sgd{.learning_rate = 0.1}, 1, 1, 0.25)) << "sparse says nothing then";
  EXPECT_TRUE(after == trained(true, Sgd{.learning_rate = 0.1}, 1, 3, 0.25)) << "three threads";
  // What needs every row goes with it.
  EXPECT_NO_THROW(trained(true, Adam{}, 1, 1, 0.25, {.global_clipnorm = 1}));
}

// The loss of a model that says -2 for targets of 0: 4 and its penalties.
TEST(Penalties, AreInTheLossThatIsReported) {
  const std::vector<float> x{0, 2, 1, 0}, y{0, 0, 0, 0};
  const Dataset data = Dataset::view(x, 1, y);
  Model model{Embedding{.input_dim = 3, .output_dim = 2, .embeddings_l1 = 0.5, .embeddings_l2 = 0.25}, Flatten{},
              Dense{.units = 1,
                    .kernel_initializer = "zeros",
                    .bias_initializer = "constant:-2",
                    .bias_l1 = 0.125,
                    .bias_l2 = 0.0625}};
  model.compile({.optimizer = Sgd{.learning_rate = 0}, .loss = MeanSquaredError{}});
  const double reported = model.fit(data, {.epochs = 1, .batch_size = 3}).epochs.back().loss;
  double expected = 4 + 0.125 * 2 + 0.0625 * 4;
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.name != "embedding_1/embeddings") continue;
    for (const float value : model.weights(parameter.name)) expected += 0.5 * std::abs(value) + 0.25 * value * value;
  }
  EXPECT_NEAR(reported, expected, 1e-6);
  EXPECT_NEAR(model.evaluate(data).loss, expected, 1e-6);
}

}  // namespace
}  // namespace millrace::test
