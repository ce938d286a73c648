// SPDX-License-Identifier: Apache-2.0
//
// Every row of every table through the files: a checkpoint and an ONNX model give back the model they were made from,
// and a run goes on from a checkpoint as if it had not stopped. Export itself compares with a second implementation.
#include <gtest/gtest.h>

#include "conformance/cases.hpp"
#include "millrace/model.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "support/reference.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

struct Rows {
  std::vector<float> x, y;
  std::int64_t count, inputs, outputs;
  Rows(const Case& c, const Loss& loss) : count(48), inputs(c.inputs) {
    const Network network = network_of(c, 1);
    const ReferenceBatch batch = random_batch(network, loss, count, 21);
    x.assign(batch.x.begin(), batch.x.end());
    y.assign(batch.y.begin(), batch.y.end());
    outputs = std::ssize(y) / count;
  }
  Dataset view() const { return Dataset::view(x, inputs, y, outputs); }
};

Model model_of(const Case& c, const CompileOptions& options) {
  std::vector<LayerConfig> layers;
  for (const std::string& layer : c.layers) layers.push_back(parse_layer(layer));
  Model model(layers);
  model.build(c.inputs, 9);
  model.compile(options);
  return model;
}

std::vector<float> all(const Model& model) {
  std::vector<float> values;
  for (const Parameter& parameter : model.parameters()) {
    const std::vector<float> of_one = model.weights(parameter.name);
    values.insert(values.end(), of_one.begin(), of_one.end());
  }
  return values;
}

class Files : public ::testing::TestWithParam<Case> {};

TEST_P(Files, GiveTheModelBack) {
  const Case& c = GetParam();
  const LossConfig loss = parse_loss(c.loss);
  const Rows rows(c, *make_loss(loss));
  const TemporaryDirectory folder;
  const std::string checkpoint = folder.file("run.safetensors"), exported = folder.file("model.onnx");
  Model model = model_of(c, {.optimizer = Sgd{.learning_rate = 1e-3}, .loss = loss});
  model.fit(rows.view(), {.epochs = 2, .batch_size = 20, .threads = 1, .checkpoint = checkpoint});
  model.export_onnx(exported);
  const Matrix expected = model.predict(rows.view(), 1);
  for (const bool onnx : {false, true}) {
    Model again = onnx ? Model::load_onnx(exported) : Model::load_checkpoint(checkpoint);
    EXPECT_EQ(all(again), all(model)) << onnx;
    const Matrix predicted = again.predict(rows.view(), 1);
    for (std::int64_t i = 0; i < expected.rows() * expected.columns(); ++i)
      ASSERT_EQ(predicted.row(0)[i], expected.row(0)[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Files, ::testing::ValuesIn(conformance_cases()),
                         [](const auto& value) { return value.param.name; });

struct Training {
  std::string name, optimizer;
  UpdateOptions update{};
  friend std::ostream& operator<<(std::ostream& out, const Training& t) { return out << t.name; }
};

std::vector<Training> trainings() {
  std::vector<Training> found;
  for (const OptimizerRow& row : optimizer_table()) {
    found.push_back({std::string(row.name), std::string(row.name)});
    for (const std::string_view example : row.examples)
      found.push_back({case_name(std::string(example)), std::string(example)});
  }
  found.push_back({"accumulation", "adam", {.gradient_accumulation_steps = 4}});
  found.push_back({"averages", "adam", {.gradient_accumulation_steps = 4, .use_ema = true, .ema_momentum = 0.9}});
  found.push_back({"overwritten", "sgd", {.use_ema = true, .ema_momentum = 0.9, .ema_overwrite_frequency = 4}});
  found.push_back({"clipped_and_decayed", "sgd", {.weight_decay = 0.01, .clipnorm = 0.1}});
  return found;
}

class Resumed : public ::testing::TestWithParam<Training> {};

// Three steps an epoch: accumulation is under way where the first run ends.
TEST_P(Resumed, RunsEndWithTheSameBits) {
  const bool whole_batch = make_optimizer(parse_optimizer(GetParam().optimizer))->line_search() != nullptr;
  const Case c{"",
               {whole_batch ? "dense:6:tanh:kernel_l2=0.01" : "dense:6:tanh:kernel_max_norm=1", "dense:2"},
               "mean_squared_error"};
  const Rows rows(c, *make_loss("mean_squared_error"));
  const TemporaryDirectory folder;
  const CompileOptions compiled{
      .optimizer = parse_optimizer(GetParam().optimizer), .loss = MeanSquaredError{}, .update = GetParam().update};
  FitOptions options{.epochs = 6, .batch_size = whole_batch ? rows.count : 16, .threads = 1};
  Model whole = model_of(c, compiled), first = model_of(c, compiled), second = model_of(c, compiled);
  whole.fit(rows.view(), options);
  options.checkpoint = folder.file("run.safetensors");
  options.epochs = 3;
  first.fit(rows.view(), options);
  options.epochs = 6;
  options.resume = true;
  second.fit(rows.view(), options);
  EXPECT_EQ(all(second), all(whole));
  EXPECT_NE(all(second), all(first));
}

INSTANTIATE_TEST_SUITE_P(Optimizers, Resumed, ::testing::ValuesIn(trainings()),
                         [](const auto& value) { return value.param.name; });

}  // namespace
}  // namespace millrace::test
