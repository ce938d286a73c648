// SPDX-License-Identifier: Apache-2.0
//
// Model::fit(): runs that end with an error, and the model after them.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "base/fail.hpp"
#include "model/models.hpp"
#include "step/phase_check.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

// A failed step has filled Adam's moments with NaN, which the next run must not use.
TEST(Fit, BeginsWithANewOptimizerAfterAFailure) {
  SumTable bad(32, 5);
  const SumTable good(32, 5);
  bad.y[3] = 3e38F;  // its square overflows
  Model model{Dense{.units = 4}, Dense{.units = 1}}, fresh{Dense{.units = 4}, Dense{.units = 1}};
  for (Model* const m : {&model, &fresh}) {
    m->build(5);
    m->compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  }
  expect_error(ErrorKind::non_finite, {checks_phases ? "after the phase" : "the loss is"},
               [&] { model.fit(bad.view(), {.epochs = 1}); });
  EXPECT_EQ(weights_of(model), weights_of(fresh));
  model.fit(good.view(), {.epochs = 3});
  fresh.fit(good.view(), {.epochs = 3});
  EXPECT_EQ(weights_of(model), weights_of(fresh));
}

TEST(Fit, NamesTheFirstTensorThatIsNotFinite) {
  SumTable small(32, 5);
  small.x[12] = NAN;
  Dataset named = small.view();
  named.feature_names = {"a", "b", "c", "d", "e"};
  expect_error(ErrorKind::data, {"[fit]", "column 'c' of row 3", "is nan"}, [&] { sum_model().fit(named); });
  // The loss is finite, but the update after it overflows.
  for (std::size_t r = 0; r < 32; ++r) small.x[5 * r + 2] = 1e38F;
  Model steep{Dense{.units = 1}};
  steep.compile({.optimizer = Sgd{.learning_rate = 10}, .loss = MeanAbsoluteError{}});
  expect_error(ErrorKind::non_finite,
               {checks_phases ? "the weights dense_1/kernel is " : "dense_1/kernel is not finite after epoch 1"},
               [&] { steep.fit(small.view(), {.batch_size = 32}); });
  SumTable fine(32, 5);
  Model model{Dense{.units = 4}, Dense{.units = 1}};
  model.compile({.optimizer = Sgd{.learning_rate = 1e30}, .loss = MeanSquaredError{}});
  expect_error(ErrorKind::non_finite, {checks_phases ? "after the phase" : "the loss is", "lower the learning rate"},
               [&] { model.fit(fine.view(), {.epochs = 50}); });
}

// A run that ends between two steps keeps its weights and its optimizer's state.
TEST(Fit, KeepsItsWeightsAfterAnExceptionOfACallback) {
  const SumTable small(64, 5);
  Model cut = sum_model(), whole = sum_model();
  FitOptions options{.epochs = 5, .batch_size = 16};
  options.on_epoch = [](const Epoch& epoch) {
    if (epoch.number == 3) throw std::runtime_error("enough");
  };
  EXPECT_THROW(cut.fit(small.view(), options), std::runtime_error);
  whole.fit(small.view(), {.epochs = 3, .batch_size = 16});
  EXPECT_EQ(weights_of(cut), weights_of(whole));
  cut.fit(small.view(), {.epochs = 2, .batch_size = 16});
  whole.fit(small.view(), {.epochs = 2, .batch_size = 16});
  EXPECT_EQ(weights_of(cut), weights_of(whole));
}

// As after an interruption: nothing that was trained is lost, and the caller gets its own exception.
TEST(Fit, SavesItsCheckpointBeforeAnExceptionOfACallbackLeaves) {
  const SumTable small(64, 5);
  const TemporaryDirectory folder;
  const auto ends = [](const StepReport& step) {
    if (step.epoch == 3 && step.step == 2) throw std::runtime_error("enough");
  };
  const auto ends_epoch = [](const Epoch& epoch) {
    if (epoch.number == 3) throw std::runtime_error("enough");
  };
  Model whole = sum_model();
  whole.fit(small.view(), {.epochs = 5, .batch_size = 16});
  for (const std::string name : {"step", "epoch"}) {
    FitOptions options{.epochs = 5, .batch_size = 16, .checkpoint = folder.file(name)};
    if (name == "step") options.on_step = ends;
    if (name == "epoch") options.on_epoch = ends_epoch;
    Model cut = sum_model();
    EXPECT_THROW(cut.fit(small.view(), options), std::runtime_error) << name;
    EXPECT_EQ(weights_of(Model::load_checkpoint(options.checkpoint)), weights_of(cut)) << name;
    Model resumed = sum_model();
    resumed.fit(small.view(), {.epochs = 5, .batch_size = 16, .checkpoint = options.checkpoint, .resume = true});
    EXPECT_EQ(weights_of(resumed), weights_of(whole)) << name;
  }
}

TEST(Fit, KeepsItsCheckpointInTheFolderInWhichItBegan) {
  const SumTable small(64, 5);
  const TemporaryDirectory folder;
  std::filesystem::create_directory(folder.file("other"));
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  FitOptions options{.epochs = 3, .batch_size = 16, .checkpoint = "run.safetensors"};
  options.callbacks = {BestCheckpoint{.path = "best.safetensors", .monitor = "loss"}, CsvLog{.path = "log.csv"},
                       JsonLog{.path = "log.jsonl"}, LayerLog{.path = "layers.jsonl"}, TensorBoard{.path = "events"}};
  options.checkpoint_steps = 1;
  options.on_epoch = [&](const Epoch&) { std::filesystem::current_path(folder.file("other")); };
  Model model = sum_model();
  model.fit(small.view(), options);
  std::filesystem::current_path(before);
  EXPECT_EQ(weights_of(Model::load_checkpoint(folder.file("run.safetensors"))), weights_of(model));
  for (const char* const name : {"best.safetensors", "log.csv", "log.jsonl", "layers.jsonl", "events/train"})
    EXPECT_TRUE(std::filesystem::exists(folder.file(name))) << name;
  EXPECT_TRUE(std::filesystem::is_empty(folder.file("other")));
}

TEST(Fit, KeepsItsCheckpointInAFolderThatIsRenamed) {
  const SumTable small(64, 5);
  const TemporaryDirectory folder;
  std::filesystem::create_directory(folder.file("first"));
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.file("first"));
  FitOptions options{.epochs = 3, .batch_size = 16, .checkpoint = "run.safetensors"};
  options.on_epoch = [&](const Epoch& epoch) {
    if (epoch.number == 1) std::filesystem::rename(folder.file("first"), folder.file("second"));
  };
  Model model = sum_model();
  model.fit(small.view(), options);
  std::filesystem::current_path(before);
  EXPECT_EQ(weights_of(Model::load_checkpoint(folder.file("second/run.safetensors"))), weights_of(model));
}

TEST(Fit, TellsIfItCannotSaveBeforeAnExceptionOfACallbackLeaves) {
  const SumTable small(64, 5);
  const TemporaryDirectory folder;
  std::string noted;
  FitOptions options{.checkpoint = folder.file("x"),
                     .on_note = [&](const std::string& note) { noted = note; },
                     .before_saving = [] { fail(ErrorKind::data, "table", "changed"); }};
  options.on_step = [](const StepReport&) { throw std::runtime_error("enough"); };
  Model model = sum_model();
  EXPECT_THROW(model.fit(small.view(), options), std::runtime_error);
  EXPECT_NE(noted.find("is not saved: [table] changed"), std::string::npos) << noted;
  EXPECT_FALSE(std::filesystem::exists(options.checkpoint));
}

TEST(Fit, StopsAfterTheCurrentStep) {
  const SumTable small(64, 5);
  const std::atomic<bool> stop{true};
  Model model = sum_model();
  expect_error(ErrorKind::interrupted, {"epoch 1 after step 1 of 8"},
               [&] { model.fit(small.view(), {.epochs = 5, .batch_size = 8, .stop = &stop}); });
}

}  // namespace
}  // namespace millrace::test
