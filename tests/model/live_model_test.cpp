// SPDX-License-Identifier: Apache-2.0
//
// Changes to a model between fits and within one: weights, the learning rate, copies.
#include <gtest/gtest.h>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

class LiveModel : public ::testing::Test {
 protected:
  LiveModel() {
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = static_cast<float>((i * 37) % 101) / 50.0F - 1.0F;
    for (std::size_t r = 0; r < y_.size(); ++r) y_[r] = x_[4 * r] > 0 ? 1.0F : 0.0F;
  }
  [[nodiscard]] static Model model(const OptimizerConfig& optimizer) {
    Model result{Dense{.units = 5, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
    result.compile({.optimizer = optimizer, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
    result.build(4, 1);
    return result;
  }
  [[nodiscard]] Dataset data() const { return Dataset::view(x_, 4, y_); }

  std::vector<float> x_ = std::vector<float>(96 * 4), y_ = std::vector<float>(96);
};

TEST_F(LiveModel, SetLearningRateKeepsTheOptimizersState) {
  Model set = model(Adam{.learning_rate = 0.05}), compiled = model(Adam{.learning_rate = 0.05}),
        same = model(Adam{.learning_rate = 0.05});
  for (Model* each : {&set, &compiled, &same}) each->fit(data(), {.epochs = 2});
  set.set_learning_rate(0.01);
  EXPECT_EQ(set.learning_rate(), 0.01);
  compiled.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = BinaryCrossentropy{}});
  const double rate = set.fit(data(), {.epochs = 1}).epochs[0].learning_rate;
  EXPECT_EQ(rate, 0.01);
  compiled.fit(data(), {.epochs = 1});
  EXPECT_NE(weights_of(set), weights_of(compiled)) << "Adam has begun anew";
  same.set_learning_rate(0.05);
  Model plain = model(Adam{.learning_rate = 0.05});
  plain.fit(data(), {.epochs = 2});
  plain.fit(data(), {.epochs = 1});
  same.fit(data(), {.epochs = 1});
  EXPECT_EQ(weights_of(same), weights_of(plain));
}

TEST_F(LiveModel, ACallbackSetsTheRateOfTheNextStepOn) {
  Model model = LiveModel::model(Sgd{.learning_rate = 0.5});
  FitOptions options{.epochs = 3};
  options.on_epoch = [&](const Epoch& epoch) { model.set_learning_rate(0.5 / static_cast<double>(1 + epoch.number)); };
  const History history = model.fit(data(), options);
  EXPECT_EQ(history.epochs[0].learning_rate, 0.5);
  EXPECT_EQ(history.epochs[1].learning_rate, 0.25);
  EXPECT_EQ(history.epochs[2].learning_rate, 0.5 / 3);
}

TEST_F(LiveModel, AResumedRunHasTheRateThatACallbackSet) {
  const TemporaryDirectory folder;
  const auto options = [&](Model& model, const std::string& file, std::int64_t epochs) {
    FitOptions result{.epochs = epochs, .checkpoint = folder.file(file), .resume = true};
    result.on_epoch = [&model](const Epoch& epoch) {
      if (epoch.number == 1) model.set_learning_rate(0.125);
    };
    return result;
  };
  Model whole = model(Sgd{.learning_rate = 0.5}), cut = model(Sgd{.learning_rate = 0.5}),
        resumed = model(Sgd{.learning_rate = 0.5});
  whole.fit(data(), options(whole, "whole", 4));
  cut.fit(data(), options(cut, "cut", 2));
  const History history = resumed.fit(data(), options(resumed, "cut", 4));
  EXPECT_EQ(history.epochs[3].learning_rate, 0.125);
  EXPECT_EQ(weights_of(resumed), weights_of(whole));
}

TEST_F(LiveModel, RefusesARateThatAScheduleOverrulesOrThatIsNone) {
  Model model = LiveModel::model(Adam{});
  expect_error(ErrorKind::usage, {"[set_learning_rate]", "the rate is -1"}, [&] { model.set_learning_rate(-1); });
  expect_error(ErrorKind::usage, {"the rate is nan"}, [&] { model.set_learning_rate(std::nan("")); });
  model.compile({.loss = BinaryCrossentropy{}, .schedule = CosineDecay{.decay_steps = 10}});
  expect_error(ErrorKind::usage, {"schedule cosine_decay"}, [&] { model.set_learning_rate(0.1); });
}

TEST_F(LiveModel, WeightsThatACallbackSetsAreTheNextStepsWeights) {
  Model model = LiveModel::model(Sgd{.learning_rate = 0.0});
  FitOptions options{.epochs = 2, .threads = 2};
  const std::vector<float> bias{1, 2, 3, 4, 5};
  options.on_epoch = [&](const Epoch& epoch) {
    if (epoch.number == 1) model.set_weights("dense_1/bias", bias);
  };
  const History history = model.fit(data(), options);
  EXPECT_EQ(model.weights("dense_1/bias"), bias);
  EXPECT_NE(history.epochs[0].loss, history.epochs[1].loss);
  EXPECT_NEAR(history.epochs[1].loss, model.evaluate(data()).loss, 1e-6);
}

TEST_F(LiveModel, RefusesWeightsThatDoNotFit) {
  Model model = LiveModel::model(Adam{});
  expect_error(ErrorKind::usage, {"[set_weights]", "dense_1/kernels", "dense_1/kernel"},
               [&] { model.set_weights("dense_1/kernels", std::vector<float>(20)); });
  expect_error(ErrorKind::usage, {"19 values for dense_1/kernel", "20", "(4, 5)"},
               [&] { model.set_weights("dense_1/kernel", std::vector<float>(19)); });
  expect_error(ErrorKind::usage, {"[weights]", "dense_3/kernel"}, [&] { return model.weights("dense_3/kernel"); });
  Model unbuilt{Dense{.units = 1}};
  expect_error(ErrorKind::usage, {"[weights]", "build(inputs)"}, [&] { return unbuilt.weights("dense_1/kernel"); });
}

TEST_F(LiveModel, AClonePredictsAlikeAndTrainsByItself) {
  Model model = LiveModel::model(Adam{});
  model.standardize(data());
  model.fit(data(), {.epochs = 1});
  Model clone = model.clone();
  EXPECT_EQ(weights_of(clone), weights_of(model));
  EXPECT_EQ(clone.predict(data()).row(3)[0], model.predict(data()).row(3)[0]);
  EXPECT_EQ(clone.evaluate(data())["accuracy"], model.evaluate(data())["accuracy"]);
  const std::vector<float> before = weights_of(model);
  clone.fit(data(), {.epochs = 1});
  EXPECT_EQ(weights_of(model), before);
  EXPECT_NE(weights_of(clone), before);
  const Model unbuilt = Model{Dense{.units = 3}}.clone();
  EXPECT_NE(unbuilt.summary().find("not built"), std::string::npos);
}

TEST_F(LiveModel, NamesItsResults) {
  Model model = LiveModel::model(Adam{});
  const History history = model.fit(data(), {.epochs = 1, .validation_split = 0.25, .evaluate_training = true});
  const Epoch& epoch = history.epochs[0];
  EXPECT_EQ(epoch["loss"], epoch.loss);
  EXPECT_EQ(epoch["accuracy"], epoch.metrics[0].value);
  EXPECT_EQ(epoch["val_accuracy"], epoch.validation["accuracy"]);
  EXPECT_EQ(epoch["train_loss"], epoch.training["loss"]);
  const Evaluation result = model.evaluate(data());
  EXPECT_EQ(result["loss"], result.loss);
  EXPECT_EQ(result["accuracy"], result.metrics[0].value);
  expect_error(ErrorKind::usage, {"accurracy", "accuracy"}, [&] { return result["accurracy"]; });
}

TEST_F(LiveModel, AWatcherIsAnyCallable) {
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
}

}  // namespace
}  // namespace millrace::test
