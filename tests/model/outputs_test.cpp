// SPDX-License-Identifier: Apache-2.0
//
// Models with several outputs: their losses, their files, and what is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "export/onnx_file.hpp"
#include "millrace/importance.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

// 96 rows of 4 numbers; targets: a number, a class of 3, and a label.
struct ThreeTargets {
  ThreeTargets() {
    for (std::int64_t r = 0; r < 96; ++r) {
      for (std::int64_t c = 0; c < 4; ++c) x.push_back(static_cast<float>((r * 37 + c * 17) % 101) / 50.0F - 1.0F);
      const float* const row = &x[static_cast<std::size_t>(4 * r)];
      y.push_back(row[0] + 2 * row[1]);
      y.push_back(row[2] > 0.3F ? 2.0F : row[2] > -0.3F ? 1.0F : 0.0F);
      y.push_back(row[0] > row[3] ? 1.0F : 0.0F);
    }
  }
  [[nodiscard]] Dataset view() const { return Dataset::view(x, 4, y, 3); }
  std::vector<float> x, y;
};

// A trunk, of which an inner layer is an output without a loss, and three heads; `label` is read by `both`, too.
Model three_heads(const OptimizerConfig& optimizer = Sgd{.learning_rate = 0.1}) {
  const Tensor x = input("features", ColumnRange{.first = 0, .count = 4});
  const Tensor trunk = (x | Dense{.units = 6, .activation = "tanh"}).named("trunk");
  const Tensor label = (trunk | Dense{.units = 1, .activation = "sigmoid"}).named("label");
  const Tensor price = (concatenate({trunk, label}) | Dense{.units = 1}).named("price");
  const Tensor kind = (trunk | Dense{.units = 3, .activation = "softmax"}).named("kind");
  Model model({x}, {price, trunk, kind, label});
  model.compile(
      {.optimizer = optimizer,
       .outputs = {{.output = "label", .loss = BinaryCrossentropy{}, .metrics = {"accuracy", "auc"}},
                   {.output = "price", .loss = MeanSquaredError{}, .weight = 0.5, .metrics = {"mean_absolute_error"}},
                   {.output = "kind", .loss = SparseCategoricalCrossentropy{}, .weight = 2}}});
  model.build(4, 3);
  return model;
}

double named(const Evaluation& evaluation, const std::string& name) { return evaluation[name]; }

TEST(Outputs, HaveTheImportanceOfColumnsByTheirMetrics) {
  const ThreeTargets table;
  Model model = three_heads(Adam{.learning_rate = 0.02});
  model.fit(table.view(), {.epochs = 60});
  // A label is whether the first column is above the last one: without it the rows are judged worse, and so a larger loss.
  for (const char* const value : {"label_accuracy", "label_auc", "label_loss", "price_mean_absolute_error"}) {
    const std::vector<ColumnImportance> columns =
        permutation_importance(model, table.view(), {.value = value, .threads = 1});
    EXPECT_GT(columns[0].worse, 0) << value;
  }
  expect_error(ErrorKind::usage, {"[importance]", "label_accuracies", "label_accuracy"},
               [&] { return permutation_importance(model, table.view(), {.value = "label_accuracies"}); });
}

TEST(Outputs, LieSideBySide) {
  const Model model = three_heads();
  const std::vector<ModelOutput> outputs = model.outputs();
  ASSERT_EQ(outputs.size(), 4U);
  EXPECT_EQ(outputs[1].name, "trunk");
  EXPECT_EQ(outputs[1].first, 1);
  EXPECT_EQ(outputs[2].first, 7);
  EXPECT_EQ(outputs[3].first + outputs[3].width, model.output_width());
  const ThreeTargets table;
  const Matrix all = model.predict(table.view());
  for (std::int64_t r = 0; r < all.rows(); ++r) {
    EXPECT_NEAR(all.row(r)[7] + all.row(r)[8] + all.row(r)[9], 1, 1e-6);
    EXPECT_GT(all.row(r)[10], 0);
    EXPECT_LT(all.row(r)[10], 1);
  }
}

TEST(Outputs, TheLossIsTheWeightedSumOfTheirs) {
  const ThreeTargets table;
  Model model = three_heads(Adam{.learning_rate = 0.02});
  const History history =
      model.fit(table.view(), {.epochs = 30, .batch_size = 16, .threads = 2, .evaluate_training = true});
  const Evaluation last = model.evaluate(table.view());
  EXPECT_NEAR(last.loss, named(last, "label_loss") + 0.5 * named(last, "price_loss") + 2 * named(last, "kind_loss"),
              1e-6);
  EXPECT_EQ(last.metrics.size(), 6U);
  EXPECT_LT(last.loss, 0.8 * history.epochs.front().training.loss);
  EXPECT_GT(named(last, "label_auc"), 0.8);
  EXPECT_EQ(history.epochs.back().training.loss, last.loss);
}

TEST(Outputs, TheLossesOfWeightedRowsAddUpToTheWhole) {
  const ThreeTargets table;
  Dataset data = table.view();
  for (std::int64_t r = 0; r < 96; ++r) data.weights.push_back(static_cast<float>(r % 4) / 2);
  Model model = three_heads();
  CompileOptions options = model.compiled();
  options.weighted_metrics = false;  // is about metrics, not about losses
  model.compile(options);
  const History history = model.fit(data, {.epochs = 1, .batch_size = 16});
  const Evaluation found = model.evaluate(data);
  const Epoch& epoch = history.epochs.back();
  EXPECT_NEAR(found.loss, named(found, "label_loss") + 0.5 * named(found, "price_loss") + 2 * named(found, "kind_loss"),
              1e-6);
  EXPECT_NEAR(epoch.loss, epoch["label_loss"] + 0.5 * epoch["price_loss"] + 2 * epoch["kind_loss"], 1e-6);
}

// The gradient, which one step of plain gradient descent shows, is the slope of the loss.
TEST(Outputs, TheStepFollowsTheSlopeOfTheLoss) {
  const ThreeTargets table;
  Model stepped = three_heads(Sgd{.learning_rate = 1});
  Model probed = stepped.clone();
  const Model before = stepped.clone();
  stepped.fit(table.view(), {.epochs = 1, .batch_size = 96});
  for (const Parameter& parameter : before.parameters()) {
    std::vector<float> values = before.weights(parameter.name);
    const std::vector<float> after = stepped.weights(parameter.name);
    for (std::size_t i = 0; i < values.size(); i += 3) {
      const float own = values[i];
      constexpr float step = 1.0F / 64;
      const auto loss_at = [&](float value) {
        values[i] = value;
        probed.set_weights(parameter.name, values);
        return probed.evaluate(table.view()).loss;
      };
      const double slope = (loss_at(own + step) - loss_at(own - step)) / (2 * static_cast<double>(step));
      values[i] = own;
      probed.set_weights(parameter.name, values);
      EXPECT_NEAR(static_cast<double>(own - after[i]), slope, 2e-3) << parameter.name << " " << i;
    }
  }
}

TEST(Outputs, TrainTheSameBitsWithAnyNumberOfThreads) {
  const ThreeTargets table;
  std::vector<float> first;
  for (const int threads : {1, 2, 3}) {
    Model model = three_heads(Adam{});
    model.fit(table.view(), {.epochs = 3, .batch_size = 20, .threads = threads});
    if (first.empty()) first = weights_of(model);
    EXPECT_EQ(weights_of(model), first) << threads;
  }
}

TEST(Outputs, ARunIsResumedWithTheSameBits) {
  const ThreeTargets table;
  const TemporaryDirectory folder;
  Model whole = three_heads(Adam{});
  const History all = whole.fit(table.view(), {.epochs = 4, .batch_size = 20});
  const std::string path = folder.file("run.safetensors");
  three_heads(Adam{}).fit(table.view(), {.epochs = 2, .batch_size = 20, .checkpoint = path});
  Model resumed = three_heads(Adam{});
  const History rest = resumed.fit(table.view(), {.epochs = 4, .batch_size = 20, .checkpoint = path, .resume = true});
  EXPECT_EQ(weights_of(resumed), weights_of(whole));
  EXPECT_EQ(rest.epochs.back().loss, all.epochs.back().loss);
  EXPECT_EQ(rest.epochs.back().metrics, all.epochs.back().metrics);
  const Model loaded = Model::load_checkpoint(path);
  EXPECT_EQ(loaded.evaluate(table.view()).metrics, whole.evaluate(table.view()).metrics);
  EXPECT_EQ(loaded.compiled().outputs.size(), 3U);
  EXPECT_EQ(loaded.compiled().outputs[1].weight, 0.5);
}

TEST(Outputs, ExportedFilesHaveEachUnderItsName) {
  const ThreeTargets table;
  Model model = three_heads(Adam{});
  model.standardize(table.view());
  model.fit(table.view(), {.epochs = 2});
  const std::vector<std::byte> bytes = model.onnx_bytes();
  const PlainGraph graph = parse_onnx({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "m.onnx");
  ASSERT_EQ(graph.outputs.size(), 4U);
  EXPECT_EQ(graph.outputs[0].name, "price");
  EXPECT_EQ(graph.outputs[1].name, "trunk");
  EXPECT_EQ(graph.outputs[1].shape, (Shape{6}));
  EXPECT_EQ(graph.metadata.at("millrace.outputs"), R"({"scores":["price","trunk","kind","label"]})");
  EXPECT_FALSE(graph.metadata.contains("threshold"));
  const Model loaded = Model::load_onnx(bytes);
  const Matrix a = model.predict(table.view()), b = loaded.predict(table.view());
  EXPECT_TRUE(std::ranges::equal(a.values(), b.values()));
  EXPECT_EQ(loaded.graph().outputs, (std::vector<std::string>{"price", "trunk", "kind", "label"}));
  expect_error(ErrorKind::usage, {"[export]", "4 outputs", "names of their layers"},
               [&] { return model.onnx_bytes({.output_name = "scores"}); });
}

// Two heads on one trunk minimise what a single layer of both units does.
TEST(Outputs, TwoHeadsTrainAsOneLayerOfTwoUnits) {
  const ThreeTargets table;
  std::vector<float> two_targets;
  for (std::size_t r = 0; r < 96; ++r) two_targets.insert(two_targets.end(), {table.y[3 * r], table.y[3 * r + 2]});
  const Dataset data = Dataset::view(table.x, 4, two_targets, 2);
  Model one{Dense{.units = 5, .activation = "tanh"}, Dense{.units = 2}};
  one.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  one.build(4, 1);
  const Tensor x = input("features", ColumnRange{.first = 0, .count = 4});
  const Tensor trunk = (x | Dense{.units = 5, .activation = "tanh"}).named("dense_1");
  Model two({x}, {(trunk | Dense{.units = 1}).named("a"), (trunk | Dense{.units = 1}).named("b")});
  two.compile({.optimizer = Adam{},
               .outputs = {{.output = "a", .loss = MeanSquaredError{}, .weight = 0.5},
                           {.output = "b", .loss = MeanSquaredError{}, .weight = 0.5}}});
  two.build(4, 1);
  two.set_weights("dense_1/kernel", one.weights("dense_1/kernel"));
  const std::vector<float> kernel = one.weights("dense_2/kernel");
  std::vector<float> a, b;
  for (std::size_t i = 0; i < 5; ++i) {
    a.push_back(kernel[2 * i]);
    b.push_back(kernel[2 * i + 1]);
  }
  two.set_weights("a/kernel", a);
  two.set_weights("b/kernel", b);
  one.fit(data, {.epochs = 10, .batch_size = 16});
  two.fit(data, {.epochs = 10, .batch_size = 16});
  const Matrix of_one = one.predict(data), of_two = two.predict(data);
  for (std::size_t i = 0; i < of_one.values().size(); ++i) EXPECT_NEAR(of_one.values()[i], of_two.values()[i], 1e-5);
}

TEST(Outputs, LayersThatNoLossNeedsStayAsTheyAre) {
  const ThreeTargets table;
  const Tensor x = input("features", ColumnRange{.first = 0, .count = 4});
  const Tensor trunk = (x | Dense{.units = 6, .activation = "tanh"}).named("trunk");
  const Tensor halved = (trunk | ActivationLayer{.activation = "relu"}).named("halved");
  Model model({x}, {halved, (trunk | Dense{.units = 1}).named("price")});
  model.compile({.optimizer = Adam{}, .outputs = {{.output = "price", .loss = MeanSquaredError{}}}});
  model.build(4, 1);
  std::vector<float> price;
  for (std::size_t r = 0; r < 96; ++r) price.push_back(table.y[3 * r]);
  const Dataset data = Dataset::view(table.x, 4, price);
  const double before = model.evaluate(data).loss;
  model.fit(data, {.epochs = 20});
  EXPECT_LT(model.evaluate(data).loss, before);
}

TEST(Outputs, RefusesLossesThatDoNotFitTheModel) {
  const ThreeTargets table;
  const auto compiled = [&](const CompileOptions& options) {
    Model model = three_heads();
    model.compile(options);
    return model.evaluate(table.view());
  };
  const OutputOptions price{.output = "price", .loss = MeanSquaredError{}},
      kind{.output = "kind", .loss = SparseCategoricalCrossentropy{}},
      label{.output = "label", .loss = BinaryCrossentropy{}};
  expect_error(ErrorKind::usage, {"[compile]", "the outputs price, trunk, kind, label", "CompileOptions::outputs"},
               [&] { return compiled({.loss = MeanSquaredError{}}); });
  expect_error(ErrorKind::usage, {"[compile]", "output", "'prise'", "price"},
               [&] { return compiled({.outputs = {{.output = "prise", .loss = MeanSquaredError{}}}}); });
  expect_error(ErrorKind::usage, {"'price' is given twice"}, [&] { return compiled({.outputs = {price, price}}); });
  expect_error(ErrorKind::usage, {"no output has a loss"},
               [&] { return compiled({.outputs = {{.output = "price"}}}); });
  expect_error(ErrorKind::usage, {"[price]", "weight of its loss is -1"},
               [&] { return compiled({.outputs = {{.output = "price", .loss = MeanSquaredError{}, .weight = -1}}}); });
  expect_error(ErrorKind::usage, {"both a loss or metrics"},
               [&] { return compiled({.loss = MeanSquaredError{}, .outputs = {price}}); });
  expect_error(ErrorKind::usage, {"[trunk]", "metrics and no loss"}, [&] {
    return compiled({.outputs = {price, kind, label, {.output = "trunk", .metrics = {"mean_absolute_error"}}}});
  });
  expect_error(ErrorKind::usage, {"[kind]", "no output with a loss depends on this layer"}, [&] {
    return compiled({.outputs = {price, label}});
  });
  expect_error(ErrorKind::usage, {"[kind]", "gives probabilities", "from_logits"}, [&] {
    return compiled(
        {.outputs = {price, label, {.output = "kind", .loss = SparseCategoricalCrossentropy{.from_logits = true}}}});
  });
  expect_error(ErrorKind::usage, {"[evaluate]", "3 target columns, expected 2"}, [&] {
    const Tensor x = input("features", ColumnRange{.first = 0, .count = 4});
    Model model({x}, {(x | Dense{.units = 1}).named("a"), (x | Dense{.units = 1}).named("b")});
    model.compile(
        {.outputs = {{.output = "a", .loss = MeanSquaredError{}}, {.output = "b", .loss = MeanSquaredError{}}}});
    model.build(4);
    return model.evaluate(table.view());
  });
}

TEST(Outputs, RefusesTargetsByTheRuleOfTheirLoss) {
  ThreeTargets table;
  table.y[3 * 5 + 1] = 7;
  Model model = three_heads();
  expect_error(ErrorKind::data, {"[fit]", "7, expected a class from 0 to 2"}, [&] { return model.fit(table.view()); });
}

TEST(Outputs, RefusesWhatNeedsOneTarget) {
  const ThreeTargets table;
  Model model = three_heads();
  expect_error(ErrorKind::usage, {"[fit]", "class weights", "several outputs"},
               [&] { return model.fit(table.view(), {.balanced = true}); });
  expect_error(ErrorKind::usage, {"[confusion]", "several outputs"}, [&] { return model.confusion(table.view()); });
  expect_error(ErrorKind::usage, {"[set_target_classes] the name of a class is not UTF-8"}, [&] {
    model.set_target_classes({{}, {"a", "gr\xF6n", "c"}, {}});
  });
  model.scale_target(table.view());
  expect_error(ErrorKind::usage, {"[compile]", "targets of several outputs are scaled"},
               [&] { return model.fit(table.view()); });
}

TEST(Outputs, RefusesGraphsWithoutASenseOfTheirOutputs) {
  const Tensor x = input("features", ColumnRange{.first = 0, .count = 4});
  const Tensor hidden = (x | Dense{.units = 4}).named("hidden");
  const Tensor a = (hidden | Dense{.units = 1}).named("a");
  const auto model_of = [&](const std::vector<Tensor>& outputs) { return Model({x}, outputs); };
  expect_error(ErrorKind::usage, {"no outputs"}, [&] { return model_of({}); });
  expect_error(ErrorKind::usage, {"two outputs are the layer 'a'"}, [&] { return model_of({a, a}); });
  expect_error(ErrorKind::usage, {"the output is the input 'features'"}, [&] { return model_of({a, x}); });
  Graph graph{.layers = {{.name = "a", .layer = Dense{.units = 1}},
                         {.name = "b", .layer = Dense{.units = 1}, .inputs = {"features"}}}};
  expect_error(ErrorKind::usage, {"[a]", "nor 'b'", "among the outputs"}, [&] { return Model(graph); });
  graph.outputs = {"a"};
  expect_error(ErrorKind::usage, {"[b]", "nor 'a'"}, [&] { return Model(graph); });
  graph.outputs = {"a", "c"};
  expect_error(ErrorKind::usage, {"output", "'c'"}, [&] { return Model(graph); });
  expect_error(ErrorKind::usage, {"[images]", "(2, 2, 1)", "flatten"}, [&] {
    Model images({x}, {(x | Reshape{.shape = {2, 2, 1}}).named("images"), a});
    images.build(4);
    return images.outputs();
  });
}

TEST(Outputs, OneOutputInAListIsAPlainModel) {
  const Tensor x = input("features", ColumnRange{.first = 0, .count = 4});
  Model model({x}, std::vector<Tensor>{x | Dense{.units = 2}});
  EXPECT_TRUE(model.graph().outputs.empty());
  model.build(4);
  EXPECT_EQ(model.outputs().size(), 1U);
  EXPECT_EQ(model.outputs()[0].name, "dense_1");
}

}  // namespace
}  // namespace millrace::test
