// SPDX-License-Identifier: Apache-2.0
//
// Ensembles: each member learns as it would alone, folds hide rows from one member each, and the mean predicts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "export/onnx_file.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr int members = 3;

const std::vector<LayerConfig>& layers() {
  static const std::vector<LayerConfig> list{Dense{.units = 5, .activation = "tanh"},
                                             Dense{.units = 1, .activation = "sigmoid"}};
  return list;
}

Graph network() {
  Graph graph;
  for (const LayerConfig& layer : layers()) graph.layers.push_back({.layer = layer});
  return graph;
}

Model ensemble_model(const OptimizerConfig& optimizer = Adam{.learning_rate = 0.02}) {
  Model model(ensemble(network(), members));
  model.compile({.optimizer = optimizer, .loss = BinaryCrossentropy{}, .metrics = {"accuracy", "auc"}});
  model.build(4, 1);
  return model;
}

std::string of_member(int member, const std::string& parameter) {
  return "member_" + std::to_string(member + 1) + "_" + parameter;
}

// A single network with the weights of a member.
Model member_of(const Model& all, int member) {
  Model model(layers());
  CompileOptions options = all.compiled();
  model.compile(options);
  model.build(4, 1);
  for (const Parameter& parameter : model.parameters())
    model.set_weights(parameter.name, all.weights(of_member(member, parameter.name)));
  return model;
}

// Each row belongs to the fold of its number.
Dataset with_folds(Dataset data) {
  for (std::int64_t r = 0; r < data.features.rows; ++r) data.folds.push_back(static_cast<std::uint8_t>(r % members));
  return data;
}

TEST(Ensemble, EachMemberLearnsAsItWouldAlone) {
  const SignTable table;
  Model all = ensemble_model();
  std::vector<Model> alone;
  for (int member = 0; member < members; ++member) alone.push_back(member_of(all, member));
  const FitOptions options{.epochs = 5, .batch_size = 20, .threads = 2};
  const History history = all.fit(table.view(), options);
  double mean_loss = 0;
  for (int member = 0; member < members; ++member) {
    mean_loss += alone[member].fit(table.view(), options).epochs.back().loss / members;
    for (const Parameter& parameter : alone[member].parameters())
      EXPECT_EQ(all.weights(of_member(member, parameter.name)), alone[member].weights(parameter.name))
          << member << " " << parameter.name;
  }
  EXPECT_NEAR(history.epochs.back().loss, mean_loss, 1e-6);
}

TEST(Ensemble, PredictsTheMeanOfItsMembers) {
  const SignTable table;
  Model all = ensemble_model();
  const History history = all.fit(table.view(), {.epochs = 3, .batch_size = 16, .evaluate_training = true});
  const Matrix mean = all.predict(table.view());
  std::vector<double> expected(96);
  for (int member = 0; member < members; ++member) {
    const Matrix own = member_of(all, member).predict(table.view());
    for (std::int64_t r = 0; r < 96; ++r) expected[r] += double{own.row(r)[0]} / members;
  }
  for (std::int64_t r = 0; r < 96; ++r) EXPECT_NEAR(mean.row(r)[0], expected[r], 1e-6);
  EXPECT_EQ(all.evaluate(table.view()).loss, history.epochs.back().training.loss);
  EXPECT_LT(all.evaluate(table.view()).loss, history.epochs.back().loss);  // of the mean, below the mean of the losses
}

TEST(Ensemble, AMemberDoesNotLearnFromTheRowsOfItsFold) {
  SignTable table;
  Model before = ensemble_model(), after = ensemble_model();
  const FitOptions options{.epochs = 4, .batch_size = 20};
  before.fit(with_folds(table.view()), options);
  for (std::size_t r = 1; r < 96; r += members) table.y[r] = 1 - table.y[r];
  after.fit(with_folds(table.view()), options);
  for (int member = 0; member < members; ++member) {
    const std::string kernel = of_member(member, "dense_1/kernel");
    if (member == 1)
      EXPECT_EQ(before.weights(kernel), after.weights(kernel));
    else
      EXPECT_NE(before.weights(kernel), after.weights(kernel)) << member;
  }
}

TEST(Ensemble, RowsOfAFoldAreJudgedByTheirMember) {
  const SignTable table;
  Model all = ensemble_model();
  const Dataset data = with_folds(table.view());
  const History history = all.fit(data, {.epochs = 3, .batch_size = 20, .validation = &data});
  const Matrix held = all.predict(data), mean = all.predict(table.view());
  double loss = 0;
  for (int member = 0; member < members; ++member) {
    const Matrix own = member_of(all, member).predict(table.view());
    for (std::int64_t r = member; r < 96; r += members) {
      EXPECT_EQ(held.row(r)[0], own.row(r)[0]) << r;
      EXPECT_NE(held.row(r)[0], mean.row(r)[0]) << r;
      loss -= std::log(table.y[r] > 0 ? double{own.row(r)[0]} : 1 - double{own.row(r)[0]}) / 96;
    }
  }
  EXPECT_NEAR(history.epochs.back().validation.loss, loss, 1e-5);
  EXPECT_EQ(all.evaluate(data).metrics, history.epochs.back().validation.metrics);
  // A few rows take another path: the workers share each layer.
  Dataset few = select_rows(data, std::vector<std::int64_t>{40, 3, 77});
  const Matrix three = all.predict(few);
  EXPECT_NEAR(three.row(0)[0], held.row(40)[0], 1e-6);
  EXPECT_NEAR(three.row(1)[0], held.row(3)[0], 1e-6);
  EXPECT_NEAR(three.row(2)[0], held.row(77)[0], 1e-6);
}

TEST(Ensemble, FoldsFollowTheRowsThatAreChosen) {
  const SignTable table;
  Model all = ensemble_model();
  all.standardize(table.view());
  std::vector<std::int64_t> rows;
  for (std::int64_t r = 95; r >= 0; r -= 2) rows.push_back(r);
  const Dataset data = select_rows(with_folds(table.view()), rows);
  all.fit(data, {.epochs = 2, .validation = &data});
  const Matrix held = all.predict(data);
  for (std::int64_t i = 0; i < data.rows(); ++i) {
    const Dataset one = select_rows(with_folds(table.view()), std::vector<std::int64_t>{rows[i]});
    EXPECT_NEAR(held.row(i)[0], all.predict(one).row(0)[0], 1e-6) << i;
  }
}

TEST(Ensemble, WeightsOfRowsHoldForEachMember) {
  const SignTable table;
  Dataset data = table.view();
  for (std::int64_t r = 0; r < 96; ++r) data.weights.push_back(static_cast<float>(r % 4) / 2);
  Model all = ensemble_model();
  Model alone = member_of(all, 2);
  const FitOptions options{.epochs = 3, .batch_size = 20};
  all.fit(data, options);
  alone.fit(data, options);
  EXPECT_EQ(all.weights(of_member(2, "dense_1/kernel")), alone.weights("dense_1/kernel"));
  // A row that weighs nothing may as well be hidden: with folds the others weigh half as much again.
  Dataset hidden = table.view();
  for (std::int64_t r = 0; r < 96; ++r) hidden.weights.push_back(r % members == 2 ? 0.0F : 1.5F);
  CompileOptions plain = all.compiled();
  plain.optimizer = Sgd{.learning_rate = 0.1};
  Model folded = ensemble_model(plain.optimizer);
  Model weighted = member_of(folded, 2);
  folded.fit(with_folds(table.view()), options);
  weighted.fit(hidden, options);
  EXPECT_EQ(folded.weights(of_member(2, "dense_2/kernel")), weighted.weights("dense_2/kernel"));
}

TEST(Ensemble, TrainsTheSameBitsWithAnyNumberOfThreadsAndAfterAResume) {
  const SignTable table;
  const Dataset data = with_folds(table.view());
  const TemporaryDirectory folder;
  std::vector<float> first;
  for (const int threads : {1, 2, 3}) {
    Model model = ensemble_model();
    model.fit(data, {.epochs = 4, .batch_size = 20, .validation = &data, .threads = threads});
    if (first.empty()) first = weights_of(model);
    EXPECT_EQ(weights_of(model), first) << threads;
  }
  const std::string path = folder.file("run.safetensors");
  ensemble_model().fit(data, {.epochs = 2, .batch_size = 20, .validation = &data, .checkpoint = path});
  Model resumed = ensemble_model();
  resumed.fit(data, {.epochs = 4, .batch_size = 20, .validation = &data, .checkpoint = path, .resume = true});
  EXPECT_EQ(weights_of(resumed), first);
  Dataset other = data;
  std::ranges::reverse(other.folds);
  expect_error(ErrorKind::usage, {"training rows"}, [&] {
    return ensemble_model().fit(other, {.epochs = 5, .batch_size = 20, .checkpoint = path, .resume = true});
  });
}

TEST(Ensemble, IsOneOnnxGraph) {
  const SignTable table;
  Model all = ensemble_model();
  all.standardize(table.view());
  all.fit(table.view(), {.epochs = 1});
  const std::vector<std::byte> bytes = all.onnx_bytes();
  const PlainGraph graph = parse_onnx({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "m.onnx");
  ASSERT_EQ(graph.outputs.size(), 1U);
  EXPECT_EQ(std::ranges::count(graph.nodes, "Sigmoid", &GraphNode::op), members);
  const Model loaded = Model::load_onnx(bytes);
  EXPECT_TRUE(std::ranges::equal(all.predict(table.view()).values(), loaded.predict(table.view()).values()));
  EXPECT_EQ(member_count(loaded.graph()), members);
}

TEST(Ensemble, LossesWithoutAnActivationOfTheirOwnTrainToo) {
  const SignTable table;
  Graph linear{.layers = {{.layer = Dense{.units = 4, .activation = "relu"}}, {.layer = Dense{.units = 1}}}};
  Model all(ensemble(linear, 2));
  all.compile({.optimizer = Adam{.learning_rate = 0.05}, .loss = MeanSquaredError{}, .metrics = {"r2"}});
  all.build(4, 1);
  all.scale_target(table.view());
  const double before = all.evaluate(table.view()).loss;
  const History history = all.fit(table.view(), {.epochs = 30, .batch_size = 16});
  EXPECT_LT(all.evaluate(table.view()).loss, 0.5 * before);
  EXPECT_GT(history.epochs.back()["r2"], 0.3);
}

TEST(Ensemble, IsNamedByItsMembers) {
  const Graph graph = ensemble(network(), 2);
  std::vector<std::string> names;
  for (const GraphLayer& layer : graph.layers) names.push_back(layer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"member_1_dense_1", "member_1_dense_2", "member_2_dense_1",
                                             "member_2_dense_2", "average_1"}));
  EXPECT_EQ(graph.layers[2].inputs, (std::vector<std::string>{"features"}));
  EXPECT_EQ(graph.layers[4].inputs, (std::vector<std::string>{"member_1_dense_2", "member_2_dense_2"}));
  EXPECT_EQ(member_count(graph), 2);
  EXPECT_EQ(member_count(network()), 1);
  EXPECT_EQ(ensemble(network(), 1).layers.size(), 2U);
}

TEST(Ensemble, RefusesNetworksThatCannotBeOne) {
  expect_error(ErrorKind::usage, {"[ensemble]", "0 members"}, [] { return ensemble(network(), 0); });
  expect_error(ErrorKind::usage, {"layers, expected at most"}, [] { return ensemble(network(), 1'000'000'000'000); });
  const auto built = [](Graph graph) {
    Model model(std::move(graph));
    model.build(4, 1);
    return model.output_width();
  };
  const LayerConfig mean = Average{.ensemble = true};
  const Graph inside{.layers = {{.name = "a", .layer = Dense{.units = 2}},
                                {.name = "mean", .layer = mean, .inputs = {"a"}},
                                {.name = "end", .layer = Dense{.units = 1}}}};
  expect_error(ErrorKind::usage, {"[mean]", "not the only output"}, [&] { return built(inside); });
  const Graph of_input{.layers = {{.name = "a", .layer = Dense{.units = 4}},
                                  {.name = "mean", .layer = mean, .inputs = {"a", "features"}}}};
  expect_error(ErrorKind::usage, {"[mean]", "'features' is no member", "an input"}, [&] { return built(of_input); });
  const Graph twice{
      .layers = {{.name = "a", .layer = Dense{.units = 1}}, {.name = "mean", .layer = mean, .inputs = {"a", "a"}}}};
  expect_error(ErrorKind::usage, {"[mean]", "'a' is no member", "read twice"}, [&] { return built(twice); });
  Graph two = network();
  two.layers[0].name = "a";
  two.layers[1].name = "b";
  two.outputs = {"a", "b"};
  expect_error(ErrorKind::usage, {"[ensemble]", "2 outputs"}, [&] { return ensemble(two, 2); });
  Graph logits = network();
  logits.layers[1].layer = Dense{.units = 1};
  Model wrong(ensemble(logits, 2));
  wrong.compile({.loss = BinaryCrossentropy{}});
  wrong.build(4);
  expect_error(ErrorKind::usage, {"[member_1_dense_2]", "expected sigmoid"},
               [&] { return wrong.fit(SignTable().view()); });
}

TEST(Ensemble, RefusesFoldsThatDoNotFit) {
  const SignTable table;
  Model all = ensemble_model();
  Dataset data = with_folds(table.view());
  expect_error(ErrorKind::usage, {"[fit]", "no ensemble"}, [&] { return member_of(all, 0).fit(data); });
  const Tensor x = input("features", ColumnRange{.first = 0, .count = 4});
  const Tensor trunk = (x | Dense{.units = 3, .activation = "tanh"}).named("trunk");
  const Dense end{.units = 1, .activation = "sigmoid"};
  Model shared(call(Average{.ensemble = true}, {trunk | end, trunk | end, trunk | end}));
  shared.compile({.loss = BinaryCrossentropy{}});
  shared.build(4);
  shared.fit(table.view());
  expect_error(ErrorKind::usage, {"[fit]", "share layer 'trunk'"}, [&] { return shared.fit(data); });
  data.folds[7] = members;
  expect_error(ErrorKind::usage, {"[fit]", "a fold is 3", "0 to 2"}, [&] { return all.fit(data); });
  data.folds.pop_back();
  expect_error(ErrorKind::usage, {"[predict]", "95 folds for 96 rows"}, [&] { return all.predict(data); });
}

}  // namespace
}  // namespace millrace::test
