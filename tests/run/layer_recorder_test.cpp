// SPDX-License-Identifier: Apache-2.0
#include "run/layer_recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "millrace/checkpoint.hpp"
#include "millrace/model.hpp"
#include "run/callbacks/callback.hpp"
#include "run/layer_lines.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr std::int64_t rows = 40, columns = 3;

struct Table {
  std::vector<float> x, y;

  Table() {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) x.push_back(std::sin(static_cast<float>(7 * r + 3 * c)));
      y.push_back(x[r * columns] - x[r * columns + 1] > 0 ? 1.0F : 0.0F);
    }
  }
  [[nodiscard]] Dataset view() const { return Dataset::view(x, columns, y); }
};

Model compiled(const char* layers = "4:relu") {
  Model model{layers, "1"};
  model.compile({.optimizer = Sgd{.learning_rate = 0.5}, .loss = "mse"});
  return model;
}

double norm_of(const Model& model, const std::string& layer) {
  double sum = 0;
  for (const char* const name : {"/kernel", "/bias"}) {
    for (const float weight : model.weights(layer + name)) sum += double{weight} * weight;
  }
  return std::sqrt(sum);
}

class LayerRecords : public ::testing::Test {
 protected:
  std::vector<EpochLayer> fit(Model& model, FitOptions options) {
    options.callbacks.push_back(LayerLog{.path = path});
    options.threads = 1;
    static_cast<void>(model.fit(data, options));
    return read_layer_log(path);
  }
  TemporaryDirectory folder;
  const std::string path = folder.file("layers.jsonl");
  const Table arrays;
  const Dataset data = arrays.view();
};

TEST_F(LayerRecords, NormsAreThoseOfTheLastStep) {
  Model model = compiled();
  // One batch an epoch: the update is the rate times the gradient of all rows.
  const std::vector<EpochLayer> layers = fit(model, {.epochs = 3, .batch_size = rows});
  ASSERT_EQ(layers.size(), 6U);
  for (const EpochLayer& layer : layers) {
    ASSERT_TRUE(layer.record.gradient_norm);
    EXPECT_GT(layer.record.update_norm, 0);
    EXPECT_NEAR(layer.record.update_norm, 0.5 * *layer.record.gradient_norm, 1e-5 * layer.record.update_norm);
  }
  EXPECT_EQ(layers[4].epoch, 3);
  EXPECT_EQ(layers[4].step, 3);
  EXPECT_NEAR(layers[4].record.weight_norm, norm_of(model, layers[4].record.layer), 1e-6);
  EXPECT_NEAR(layers[5].record.weight_norm, norm_of(model, layers[5].record.layer), 1e-6);
  EXPECT_NE(layers[0].record.weight_norm, layers[4].record.weight_norm);
}

TEST_F(LayerRecords, HistogramsCountAllWeightsBetweenTheLeastAndTheLargest) {
  Model model = compiled();
  const std::vector<EpochLayer> layers = fit(model, {.epochs = 1, .batch_size = rows});
  const LayerRecord& record = layers.at(0).record;
  EXPECT_EQ(record.weights, 4 * columns + 4);
  EXPECT_EQ(std::accumulate(record.counts.begin(), record.counts.end(), std::int64_t{0}), record.weights);
  const std::vector<float> kernel = model.weights(record.layer + "/kernel");
  EXPECT_FLOAT_EQ(static_cast<float>(record.low), *std::ranges::min_element(kernel));
  EXPECT_FLOAT_EQ(static_cast<float>(record.high), *std::ranges::max_element(kernel));
  EXPECT_GT(record.counts.front(), 0);
  EXPECT_GT(record.counts.back(), 0);
}

TEST_F(LayerRecords, UnitsThatAreZeroInAllRowsAreDead) {
  Model model = compiled();
  model.build(columns, 1);
  const std::string bias = model.parameters()[1].name;
  model.set_weights(bias, std::vector<float>{-1000, 1, -1000, 1});
  const std::vector<EpochLayer> layers = fit(model, {.epochs = 1, .batch_size = rows});
  EXPECT_EQ(layers.at(0).record.units, 4);
  EXPECT_EQ(layers.at(0).record.dead_units, 2);
  EXPECT_EQ(layers.at(1).record.units, 0) << "the last layer does not end with relu";
}

TEST_F(LayerRecords, LayersThatAreFrozenHaveNoGradient) {
  Model model = compiled();
  model.freeze({model.graph().layers[0].name});
  const std::vector<EpochLayer> layers = fit(model, {.epochs = 1, .batch_size = rows});
  EXPECT_FALSE(layers.at(0).record.gradient_norm);
  EXPECT_EQ(layers.at(0).record.update_norm, 0);
  EXPECT_TRUE(layers.at(1).record.gradient_norm);
}

TEST_F(LayerRecords, RecordingChangesNoBit) {
  Model with = compiled("8:relu"), without = compiled("8:relu");
  with.build(columns, 1);
  without.build(columns, 1);
  static_cast<void>(fit(with, {.epochs = 4, .batch_size = 16, .validation_split = 0.25}));
  static_cast<void>(without.fit(data, {.epochs = 4, .batch_size = 16, .validation_split = 0.25, .threads = 1}));
  for (const Parameter& parameter : with.parameters())
    EXPECT_EQ(with.weights(parameter.name), without.weights(parameter.name)) << parameter.name;
}

TEST_F(LayerRecords, ARunThatWasResumedKeepsItsLines) {
  FitOptions options{.epochs = 2, .batch_size = rows, .checkpoint = folder.file("run.safetensors")};
  Model first = compiled();
  const std::vector<EpochLayer> begun = fit(first, options);
  options.epochs = 5;
  options.resume = true;
  Model second = compiled();
  const std::vector<EpochLayer> layers = fit(second, options);
  ASSERT_EQ(layers.size(), 10U);
  for (std::size_t i = 0; i < layers.size(); ++i) EXPECT_EQ(layers[i].epoch, static_cast<std::int64_t>(i / 2 + 1));
  EXPECT_EQ(layer_line(layers[3]), layer_line(begun[3]));
  // A new run replaces the lines.
  Model third = compiled();
  EXPECT_EQ(fit(third, {.epochs = 1, .batch_size = rows}).size(), 2U);
}

// Its last step is done, but its values are not measured. The steps of the epoch are not repeated.
TEST_F(LayerRecords, ARunThatWasStoppedAfterTheLastStepOfAnEpochKeepsItsLines) {
  for (const std::int64_t epoch : {1, 2}) {
    FitOptions options{.epochs = 3, .batch_size = rows, .validation_split = 0.25};
    Model whole = compiled();
    const std::vector<EpochLayer> expected = fit(whole, options);
    options.checkpoint = folder.file("run.safetensors");
    std::atomic<bool> stop = false;
    options.stop = &stop;
    options.on_step = [&](const StepReport& step) { stop = step.epoch == epoch; };
    Model first = compiled();
    expect_error(ErrorKind::interrupted, {"stopped in epoch " + std::to_string(epoch) + " after step 1 of 1"},
                 [&] { static_cast<void>(fit(first, options)); });
    stop = false;
    options.on_step = {};
    options.resume = true;
    Model second = compiled();
    const std::vector<EpochLayer> layers = fit(second, options);
    ASSERT_EQ(layers.size(), expected.size()) << epoch;
    for (std::size_t i = 0; i < layers.size(); ++i) EXPECT_EQ(layer_line(layers[i]), layer_line(expected[i])) << i;
    std::filesystem::remove(options.checkpoint);
  }
}

// A run that is killed goes on from its checkpoint and does not train the epochs before once more.
TEST_F(LayerRecords, ACheckpointWithinAnEpochComesAfterTheLinesOfTheEpochsBefore) {
  FitOptions options{.epochs = 12, .batch_size = 4, .checkpoint = folder.file("run.safetensors")};
  options.checkpoint_steps = 3;
  std::int64_t lost = 0;
  options.on_step = [&](const StepReport&) {
    if (!std::filesystem::exists(options.checkpoint)) return;
    const std::int64_t epochs = read_checkpoint_run(options.checkpoint).epoch;
    lost = std::max(lost, 2 * epochs - std::ssize(read_layer_log(path)));  // of two layers
  };
  Model model = compiled();
  static_cast<void>(fit(model, options));
  EXPECT_EQ(lost, 0);
}

TEST(LayerLogFile, LeavesOutLinesThatAreNone) {
  const EpochLayer layer{.epoch = 3, .step = 12, .record = {.layer = "d", .units = 4, .dead_units = 1}};
  const std::vector<EpochLayer> found = layers_of("{\"epoch\":\n[]\n7\n" + layer_line(layer) + "{\"epoch\":4,\"st");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(layer_line(found[0]), layer_line(layer));
  EXPECT_TRUE(read_layer_log("no such file").empty());
}

TEST(LayerLogFile, RefusesNoPath) {
  const MetricSet metrics({}, 1, 1);
  expect_error(ErrorKind::usage, {"[layer_log]", "no path, expected the name to write to"},
               [&] { static_cast<void>(callback_row("layer_log").make(LayerLog{}, {metrics})); });
}

TEST(RecordedEpochs, GrowWithTheLogarithmOfTheirNumber) {
  std::int64_t count = 0;
  for (std::int64_t epoch = 1; epoch <= 10'000; ++epoch) count += records_epoch(epoch, 10'000) ? 1 : 0;
  EXPECT_GT(count, 400);
  EXPECT_LT(count, 600);
  for (std::int64_t epoch = 1; epoch <= 128; ++epoch) EXPECT_TRUE(records_epoch(epoch, 10'000));
  EXPECT_FALSE(records_epoch(129, 10'000));
  EXPECT_TRUE(records_epoch(130, 10'000));
  EXPECT_FALSE(records_epoch(258, 10'000));
  EXPECT_TRUE(records_epoch(129, 129)) << "the last epoch";
}

TEST(RecordedEpochs, LieApartByTheDistance) {
  std::vector<std::int64_t> recorded;
  for (std::int64_t epoch = 1; epoch <= 12; ++epoch) {
    if (records_epoch(epoch, 12, 4)) recorded.push_back(epoch);
  }
  EXPECT_EQ(recorded, (std::vector<std::int64_t>{1, 5, 9, 12}));
}

TEST(RecordedEpochs, LieApartIfALargeNetworkTrainsOnFewRows) {
  EXPECT_EQ(record_distance(530'000, 1400, 1000), 1) << "50 rows are less than a twentieth of 1400";
  EXPECT_EQ(record_distance(530'000, 64, 1000), 16);
  EXPECT_EQ(record_distance(530'000, 64, 50), 1) << "few epochs take no time";
  EXPECT_EQ(record_distance(40, 10, 1'000'000), 1) << "few weights take no time";
}

// In panels, rows of the last panel end in zeros, which are no weights.
TEST_F(LayerRecords, CountNoPadding) {
  for (const std::int64_t units : {1, 7, 33, 70}) {
    Model model = compiled((std::to_string(units) + ":tanh").c_str());
    model.build(columns, 1);
    std::vector<float> kernel;
    for (std::int64_t i = 0; i < columns * units; ++i) kernel.push_back(3.0F + 0.001F * static_cast<float>(i));
    model.set_weights(model.parameters()[0].name, kernel);
    model.set_weights(model.parameters()[1].name, std::vector<float>(static_cast<std::size_t>(units), 3.0F));
    model.freeze({model.graph().layers[0].name});
    const LayerRecord record = fit(model, {.epochs = 1, .batch_size = rows}).at(0).record;
    EXPECT_FLOAT_EQ(static_cast<float>(record.low), 3.0F) << units;
    EXPECT_FLOAT_EQ(static_cast<float>(record.high), kernel.back()) << units;
    EXPECT_EQ(std::accumulate(record.counts.begin(), record.counts.end(), std::int64_t{0}), (columns + 1) * units);
    EXPECT_NEAR(record.weight_norm, norm_of(model, record.layer), 1e-4);
  }
}

TEST_F(LayerRecords, LargeLayersAreSampled) {
  Model model = compiled("20000:tanh");
  const LayerRecord record = fit(model, {.epochs = 1, .batch_size = rows}).at(0).record;
  const std::int64_t counted = std::accumulate(record.counts.begin(), record.counts.end(), std::int64_t{0});
  EXPECT_EQ(record.weights, (columns + 1) * 20000);
  EXPECT_GT(counted, 20'000);
  EXPECT_LT(counted, 33'000);
  const std::vector<float> kernel = model.weights(record.layer + "/kernel");
  EXPECT_FLOAT_EQ(static_cast<float>(record.high), *std::ranges::max_element(kernel)) << "of all weights";
}

TEST_F(LayerRecords, AreTheSameForEachNumberOfWorkers) {
  std::vector<std::string> lines;
  for (const int threads : {1, 2, 3}) {
    Model model{"300:relu", "70:relu", "1"};
    model.compile({.optimizer = Sgd{.learning_rate = 0.5}, .loss = "mse"});
    FitOptions options{.epochs = 2, .batch_size = 16, .callbacks = {LayerLog{.path = path}}};
    options.threads = threads;
    static_cast<void>(model.fit(data, options));
    std::string text;
    for (EpochLayer layer : read_layer_log(path)) {
      layer.record.gradient_norm.reset();  // workers add to it as they finish
      text += layer_line(layer);
    }
    lines.push_back(text);
  }
  EXPECT_NE(lines[0].find("\"dead_units\""), std::string::npos);
  EXPECT_EQ(lines[0], lines[1]);
  EXPECT_EQ(lines[0], lines[2]);
}

}  // namespace
}  // namespace millrace::test
