// SPDX-License-Identifier: Apache-2.0
#include "millrace/training.hpp"

#include <gtest/gtest.h>

#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

TEST(Results, AreFoundByName) {
  const SignTable data;
  Model model = sign_model(Adam{});
  const History history = model.fit(data.view(), {.epochs = 1, .validation_split = 0.25, .evaluate_training = true});
  const Epoch& epoch = history.epochs[0];
  EXPECT_EQ(epoch["loss"], epoch.loss);
  EXPECT_EQ(epoch["accuracy"], epoch.metrics[0].value);
  EXPECT_EQ(epoch["val_accuracy"], epoch.validation["accuracy"]);
  EXPECT_EQ(epoch["train_loss"], epoch.training["loss"]);
  const Evaluation result = model.evaluate(data.view());
  EXPECT_EQ(result["loss"], result.loss);
  EXPECT_EQ(result["accuracy"], result.metrics[0].value);
  expect_error(ErrorKind::usage, {"accurracy", "accuracy"}, [&] { return result["accurracy"]; });
}

TEST(Watcher, IsMadeFromAnyCallable) {
  const Watcher<StepReport> none;
  EXPECT_FALSE(none);
  int calls = 0;
  const Watcher<StepReport> counts = [&](const StepReport&) { ++calls; };
  EXPECT_TRUE(counts);
  EXPECT_EQ(counts({}), Proceed::yes);
  const Watcher<StepReport> stops = [](const StepReport& step) { return step.loss > 1 ? Proceed::no : Proceed::yes; };
  EXPECT_EQ(stops({.loss = 2}), Proceed::no);
  EXPECT_EQ(stops({.loss = 0}), Proceed::yes);
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(Watcher<StepReport>(std::function<void(const StepReport&)>()));
  EXPECT_FALSE(Watcher<StepReport>(std::function<Proceed(const StepReport&)>()).may_stop());
}

TEST(Watcher, OfStepsCanEndTheRun) {
  const SignTable data;
  std::vector<StepReport> steps;
  std::vector<std::int64_t> epochs;
  FitOptions options{.epochs = 30, .batch_size = 10};
  options.on_step = [&](const StepReport& step) {
    steps.push_back(step);
    return steps.size() == 17 ? Proceed::no : Proceed::yes;
  };
  options.on_epoch = [&](const Epoch& epoch) { epochs.push_back(epoch.number); };
  const History history = sign_model(Adam{}).fit(data.view(), options);
  EXPECT_EQ(history.steps, 17);
  EXPECT_EQ(history.epochs.size(), 1U);
  EXPECT_NE(history.stopped.find("by on_step, in epoch 2 after step 7"), std::string::npos) << history.stopped;
  EXPECT_EQ(epochs, (std::vector<std::int64_t>{1}));
  const StepReport& last = steps.back();
  EXPECT_EQ(last.epoch, 2);
  EXPECT_EQ(last.epochs, 30);
  EXPECT_EQ(last.step, 7);
  EXPECT_EQ(last.steps, 10);
  EXPECT_GT(last.loss, 0);
  EXPECT_NEAR(last.learning_rate, 1e-3, 1e-9);
  double sum = 0;
  for (std::size_t i = 10; i < 17; ++i) sum += steps[i].loss;
  EXPECT_NEAR(last.mean_loss, sum / 7, 1e-6);
}

TEST(Watcher, OfEpochsCanEndTheRun) {
  const SignTable data;
  FitOptions options{.epochs = 30, .validation_split = 0.25};
  options.on_epoch = [](const Epoch& epoch) {
    return epoch["val_loss"] > 0 && epoch.number == 2 ? Proceed::no : Proceed::yes;
  };
  const History history = sign_model(Adam{}).fit(data.view(), options);
  EXPECT_EQ(history.epochs.size(), 2U);
  EXPECT_NE(history.stopped.find("by on_epoch, after epoch 2"), std::string::npos) << history.stopped;
}

TEST(Schedule, ByEpochCountsTheEpochsOfEarlierRuns) {
  const SignTable data;
  Model model = sign_model(Sgd{});
  model.compile({.optimizer = Sgd{.learning_rate = 0.1},
                 .loss = BinaryCrossentropy{},
                 .schedule = StepDecay{.step_size = 2, .gamma = 0.5},
                 .pace = {.by_epoch = true}});
  std::vector<double> rates;
  for (int run = 0; run < 2; ++run) {
    for (const Epoch& epoch : model.fit(data.view(), {.epochs = 3}).epochs) rates.push_back(epoch.learning_rate);
  }
  EXPECT_EQ(rates, (std::vector<double>{0.1, 0.1, 0.05, 0.05, 0.025, 0.025}));
}

}  // namespace
}  // namespace millrace::test
