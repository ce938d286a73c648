// SPDX-License-Identifier: Apache-2.0
//
// Model::fit(): a call that is refused before its first step leaves the model as it was, whatever refuses it.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr std::int64_t rows = 64;

// Everything that a user sees of a built model.
void expect_same(const Model& model, const Model& other, const Dataset& data) {
  EXPECT_EQ(model.feature_names(), other.feature_names());
  EXPECT_EQ(model.target_names(), other.target_names());
  EXPECT_EQ(model.classes(), other.classes());
  EXPECT_EQ(model.summary(), other.summary());
  EXPECT_EQ(weights_of(model), weights_of(other));
  const auto values = [&](const Model& each) {
    const Matrix scores = each.predict(data, 1);
    return std::vector<float>(scores.values().begin(), scores.values().end());
  };
  EXPECT_EQ(values(model), values(other));
}

// Calls of fit() that are refused, and a word of each message. The checkpoints that they resume from are in a folder.
struct Refusals {
  struct Call {
    std::string part;
    Dataset data;
    FitOptions options;
  };

  Refusals() {
    const Dataset first = table.view();
    Model saved = model(), scaled = model();
    scaled.standardize(first);
    saved.fit(first, {.epochs = 2, .batch_size = 8, .seed = 5, .threads = 1, .checkpoint = folder.file("run")});
    scaled.fit(first, {.epochs = 2, .batch_size = 8, .seed = 5, .threads = 1, .checkpoint = folder.file("scaled")});
    damage(folder.file("run"), folder.file("damaged"));
    nan.x[3] = NAN;
    number.y[5] = 7;
    add("epochs is -1", {.epochs = -1});
    add("batch_size is 0", {.batch_size = 0});
    add("slices is -7", {.slices = -7});
    add("keep_checkpoints", {.keep_checkpoints = 2});
    add("validation_split", {.validation_split = 0.5, .validation = &held});
    add("sample weights", {.sample_weight = {1, 2}});
    add("class_weight", {.class_weight = {1}});
    add("unknown library 'mkl'", {.gemm = "mkl"});
    add("kernels", {.kernels = "quick"});
    add("precision", {.precision = "fp8"});
    add("unknown monitor", {.callbacks = {EarlyStopping{.monitor = "height"}}});
    add("no path", {.kernels = "portable", .callbacks = {CsvLog{}}});
    add("-2 threads", {.threads = -2});
    add("bfloat16 for batches", {.wire = "bfloat16"});
    add("65 slices", {.batch_size = 64, .slices = 65});
    add("cannot be opened", {.optimizer_state = folder.file("none")});
    add("is nan", {}, nan.view());
    add("is 7", {}, number.view());
    add("column 1 is 'x'", {.validation = &held});
    resume("seed (5 in the checkpoint, 6 now)", "run", {.seed = 6});
    resume("damaged", "damaged", {.seed = 5});
    // These are refused after the checkpoint was read.
    resume("no path", "run", {.seed = 5, .callbacks = {CsvLog{}}});
    resume("-2 threads", "run", {.seed = 5, .threads = -2});
    resume("no path", "scaled", {.seed = 5, .change = true, .callbacks = {CsvLog{}}});
    add("no path", {.optimizer_state = folder.file("run"), .callbacks = {CsvLog{}}});
    // The user's own function refuses the first save.
    add("not now", {.epochs = 0, .before_saving = [] { throw Error(ErrorKind::usage, "not now"); }});
  }

  static Model model() {
    Model model{Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
    model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}});
    return model;
  }
  static Dataset named(Dataset data, std::vector<std::string> names) {
    data.feature_names = std::move(names);
    data.target_names = {"answer"};
    data.classes = {"no", "yes"};
    return data;
  }
  void add(const std::string& part, FitOptions options) { add(part, std::move(options), table.view()); }
  void add(const std::string& part, FitOptions options, Dataset data) {
    calls.push_back({part, named(std::move(data), {"a", "b"}), std::move(options)});
  }
  void resume(const std::string& part, const std::string& file, FitOptions options) {
    options.epochs = 4;
    options.batch_size = 8;
    if (options.threads == 0) options.threads = 1;
    options.checkpoint = folder.file(file);
    options.resume = true;
    calls.push_back({part, table.view(), std::move(options)});
  }
  static void damage(const std::string& from, const std::string& to) {
    std::ifstream in(from, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    std::ofstream(to, std::ios::binary) << bytes;
  }

  const TemporaryDirectory folder;
  const NormalTable table{rows, 2, 6};
  NormalTable nan{rows, 2, 6}, number{rows, 2, 6};
  const Dataset held = named(table.view(16), {"x", "y"});
  std::vector<Call> calls;
};

// The model has been fitted to rows without names, so that every call could give it some.
TEST(RefusedFit, LeavesATrainedModelAsItWas) {
  const Refusals refusals;
  for (const Refusals::Call& call : refusals.calls) {
    SCOPED_TRACE(call.part);
    Model model = Refusals::model(), same = Refusals::model();
    for (Model* const each : {&model, &same}) each->fit(refusals.table.view(), {.epochs = 1, .threads = 1});
    EXPECT_THROW(model.fit(call.data, call.options), Error);
    expect_same(model, same, refusals.table.view());
    // The optimizer and the number of epochs go on as if nothing had been.
    for (Model* const each : {&model, &same}) each->fit(refusals.table.view(), {.epochs = 2, .threads = 1});
    expect_same(model, same, refusals.table.view());
  }
}

TEST(RefusedFit, LeavesAModelWithoutARunAsItWas) {
  const Refusals refusals;
  for (const Refusals::Call& call : refusals.calls) {
    SCOPED_TRACE(call.part);
    Model model = Refusals::model(), same = Refusals::model();
    for (Model* const each : {&model, &same}) each->build(2, 3);
    EXPECT_THROW(model.fit(call.data, call.options), Error);
    expect_same(model, same, refusals.table.view());
    for (Model* const each : {&model, &same}) each->fit(refusals.table.view(), {.epochs = 2, .threads = 1});
    expect_same(model, same, refusals.table.view());
  }
}

TEST(RefusedFit, LeavesAModelUnbuilt) {
  const Refusals refusals;
  const NormalTable wide(rows, 3, 7);
  for (const Refusals::Call& call : refusals.calls) {
    SCOPED_TRACE(call.part);
    Model model = Refusals::model();
    EXPECT_THROW(model.fit(call.data, call.options), Error);
    EXPECT_NE(model.summary().find("not built"), std::string::npos);
    EXPECT_TRUE(model.feature_names().empty());
    EXPECT_TRUE(model.classes().empty());
    const Dataset others = Refusals::named(wide.view(), {"u", "v", "w"});
    model.fit(others, {.epochs = 1});
    EXPECT_EQ(model.feature_names(), others.feature_names);
  }
}

// Each refusal is the one that its name promises.
TEST(RefusedFit, SaysWhy) {
  const Refusals refusals;
  for (const Refusals::Call& call : refusals.calls) {
    try {
      Refusals::model().fit(call.data, call.options);
      ADD_FAILURE() << call.part;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(call.part), std::string::npos) << call.part << ": " << error.what();
    }
  }
}

TEST(RefusedFit, LeavesLostWeightsLost) {
  const NormalTable table(rows, 2, 6);
  const TemporaryDirectory folder;
  Model model{Dense{.units = 4}, Dense{.units = 1}};
  model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  FitOptions resumed{.epochs = 1, .seed = 5, .threads = 1, .checkpoint = folder.file("kept")};
  model.fit(table.view(), resumed);
  const auto spoil = [&](const StepReport& step) {
    if (step.epoch != 2) return;
    std::filesystem::remove(folder.file("run"));
    model.set_weights("dense_1/kernel", std::vector<float>(8, 3e38F));
  };
  EXPECT_THROW(model.fit(table.view(), {.epochs = 3, .checkpoint = folder.file("run"), .on_step = spoil}), Error);
  const auto expect_lost = [&] {
    expect_error(ErrorKind::usage, {"left no valid weights"}, [&] { return model.predict(table.view()); });
  };
  expect_lost();
  resumed.epochs = 2;
  resumed.resume = true;
  resumed.callbacks = {CsvLog{}};
  expect_error(ErrorKind::usage, {"no path"}, [&] { return model.fit(table.view(), resumed); });
  expect_lost();
  resumed.callbacks.clear();
  model.fit(table.view(), resumed);
  EXPECT_EQ(model.predict(table.view()).rows(), rows);
}

TEST(RefusedFit, IsUndoneForTheLearningRateTestToo) {
  NormalTable table(rows, 2, 6);
  table.y[5] = 7;
  Model model = Refusals::model();
  expect_error(ErrorKind::data, {"is 7"}, [&] { return model.find_learning_rate(table.view()); });
  expect_error(ErrorKind::usage, {"batch_size is 0"},
               [&] { return model.find_learning_rate(NormalTable(rows, 2, 6).view(), {.batch_size = 0}); });
  EXPECT_NE(model.summary().find("not built"), std::string::npos);
}

// The run has begun: what comes after its first step is no refusal.
TEST(RefusedFit, IsNoFitThatHasTrained) {
  const NormalTable table(rows, 2, 6);
  Model model = Refusals::model();
  const Dataset data = Refusals::named(table.view(), {"a", "b"});
  EXPECT_THROW(model.fit(data, {.on_step = [](const StepReport&) { throw std::runtime_error("enough"); }}),
               std::runtime_error);
  EXPECT_EQ(model.feature_names(), data.feature_names);
  EXPECT_EQ(model.predict(data).rows(), rows);
}

}  // namespace
}  // namespace millrace::test
