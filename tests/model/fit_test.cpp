// SPDX-License-Identifier: Apache-2.0
//
// Model::fit(): the training of a model, and its results.
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/split.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

class FitExample : public ::testing::TestWithParam<Example> {};

TEST_P(FitExample, TrainsTheSameBitsWithAnyNumberOfThreads) {
  const Dataset data = read_example(GetParam());
  std::vector<float> first;
  for (const int threads : {1, 2, 3, 8, 0}) {
    Model model = compiled_model(GetParam(), data);
    const History history =
        model.fit(data, {.epochs = 4, .batch_size = 50, .validation_split = 0.1, .seed = 3, .threads = threads});
    EXPECT_TRUE(threads == 0 || history.threads == threads);
    if (first.empty()) first = weights_of(model);
    EXPECT_EQ(weights_of(model), first) << threads << " threads";
  }
}

TEST_P(FitExample, LowersTheLossAndReportsMetrics) {
  const Dataset data = read_example(GetParam());
  Model model = compiled_model(GetParam(), data);
  std::int64_t called = 0;
  const History history =
      model.fit(data, {.epochs = 10, .validation_split = 0.2, .threads = 2, .on_epoch = [&](const Epoch& epoch) {
                         EXPECT_EQ(epoch.number, ++called);
                       }});
  ASSERT_EQ(std::ssize(history.epochs), 10);
  EXPECT_EQ(called, 10);
  EXPECT_LT(history.epochs.back().loss, 0.7 * history.epochs.front().loss);
  EXPECT_TRUE(history.epochs.back().validated);
  EXPECT_EQ(history.epochs.back().metrics.at(0).name, "accuracy");
  const auto rows = static_cast<std::int64_t>(std::floor(static_cast<double>(data.rows()) * (1 - 0.2)));
  EXPECT_EQ(history.steps, 10 * ((rows + 31) / 32)) << "the smaller last batch is trained too";
}

TEST_P(FitExample, EvaluatesAsTheValidationOfTheLastEpoch) {
  const Dataset data = read_example(GetParam());
  const Split split = split_stratified(data, 0.25, 1);
  Model model = compiled_model(GetParam(), split.train);
  const History history = model.fit(split.train, {.epochs = 3, .validation = &split.validation, .threads = 1});
  for (const int threads : {1, 2, 5}) {
    const Evaluation evaluation = model.evaluate(split.validation, threads);
    EXPECT_EQ(evaluation.loss, history.epochs.back().validation.loss);
    EXPECT_EQ(evaluation.metrics, history.epochs.back().validation.metrics);
  }
}

TEST_P(FitExample, PredictsARowAloneAsAmongOthers) {
  const Dataset data = read_example(GetParam());
  Model model = compiled_model(GetParam(), data);
  model.fit(data, {.epochs = 1, .threads = 1});
  const Matrix all = model.predict(data, 2);
  for (const std::int64_t count : {std::int64_t{1}, std::int64_t{7}, std::int64_t{100}}) {
    Dataset some = data;
    for (std::int64_t r = 0; r < count; ++r) some.selection.push_back(data.rows() - 1 - r);
    const Matrix part = model.predict(some, 1);
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t c = 0; c < all.columns(); ++c)
        EXPECT_NEAR(part.row(r)[c], all.row(data.rows() - 1 - r)[c], 1e-6F);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, FitExample, ::testing::ValuesIn(examples()),
                         [](const auto& value) { return value.param.name; });

TEST(Fit, DependsOnTheSeedAndOnShuffling) {
  const SumTable small(60, 5);
  const auto trained = [&](std::uint64_t seed, bool shuffle) {
    Model model = sum_model();
    model.fit(small.view(), {.epochs = 2, .batch_size = 8, .shuffle = shuffle, .seed = seed, .threads = 1});
    return weights_of(model);
  };
  EXPECT_EQ(trained(1, true), trained(1, true));
  EXPECT_NE(trained(1, true), trained(2, true));
  EXPECT_NE(trained(1, true), trained(1, false));
}

TEST(Fit, ContinuesWithTheOptimizersStateOfTheLastCall) {
  const SumTable small(64, 5);
  Model once = sum_model(), twice = sum_model();
  once.fit(small.view(), {.epochs = 4, .threads = 1});
  twice.fit(small.view(), {.epochs = 2, .threads = 1});
  twice.fit(small.view(), {.epochs = 2, .threads = 1});
  EXPECT_EQ(weights_of(once), weights_of(twice)) << "the order of rows continues too";
}

TEST(Fit, UsesNoAveragesIfItMadeNoStep) {
  const SumTable small(32, 5);
  Model averaged = sum_model(), plain = sum_model();
  averaged.compile({.loss = BinaryCrossentropy{}, .update = {.use_ema = true}});
  averaged.fit(small.view(), {.epochs = 0});
  plain.fit(small.view(), {.epochs = 0});
  EXPECT_EQ(weights_of(averaged), weights_of(plain));
}

// Callbacks use the current model, and using it does not change the run.
TEST(Fit, LetsCallbacksUseTheModel) {
  const SumTable small(64, 5);
  Model alone = sum_model(), watched = sum_model();
  alone.fit(small.view(), {.epochs = 4, .threads = 2});
  std::vector<double> losses;
  std::vector<std::vector<float>> weights, outputs;
  FitOptions options{.epochs = 4, .threads = 2, .evaluate_training = true};
  options.on_epoch = [&](const Epoch& epoch) {
    EXPECT_EQ(watched.evaluate(small.view()).loss, epoch.training.loss) << "epoch " << epoch.number;
    weights.push_back(weights_of(watched));
    const Matrix predicted = watched.predict(small.view());
    outputs.emplace_back(predicted.row(0), predicted.row(0) + predicted.rows());
    expect_error(ErrorKind::usage, {"[fit]", "by a callback while the model is being trained"},
                 [&] { watched.fit(small.view()); });
    expect_error(ErrorKind::usage, {"[compile]", "by a callback"}, [&] { watched.compile({.loss = "mse"}); });
    expect_error(ErrorKind::usage, {"[build]", "by a callback"}, [&] { watched.build(5); });
  };
  watched.fit(small.view(), options);
  EXPECT_EQ(weights_of(watched), weights_of(alone));
  EXPECT_EQ(weights.back(), weights_of(alone));
  EXPECT_NE(weights[0], weights[1]);
  EXPECT_NE(outputs[0], outputs[1]);
  const Matrix last = alone.predict(small.view());
  EXPECT_EQ(outputs.back(), std::vector<float>(last.row(0), last.row(0) + last.rows()));
}

TEST(Fit, MultipliesTheLossByRowWeights) {
  // A batch with every weight 2 has twice the loss and twice the gradient.
  const SumTable small(32, 5);
  const auto loss = [&](float weight) {
    Dataset data = small.view();
    data.weights.assign(32, weight);
    Model model = sum_model(Sgd{.learning_rate = 0});
    return model.fit(data, {.epochs = 1, .threads = 1}).epochs[0].loss;
  };
  EXPECT_NEAR(loss(2), 2 * loss(1), 1e-6);
}

TEST(Fit, KeepsTheInitialWeightsAfterZeroEpochs) {
  const SumTable small(32, 5);
  Model model = sum_model(), untouched = sum_model();
  EXPECT_TRUE(model.fit(small.view(), {.epochs = 0}).epochs.empty());
  untouched.build(5);
  EXPECT_EQ(weights_of(model), weights_of(untouched));
}

// The weights of a feature that is always 0, and the padding of 300 columns, always have a gradient of 0. An update that
// divided 0 by 0 would end the run.
TEST(Fit, TrainsWithAccumulatorsThatBeginAtZero) {
  SumTable small(40, 300);
  for (std::size_t i = 3; i < small.x.size(); i += 300) small.x[i] = 0;
  for (const UpdateOptions& update : {UpdateOptions{}, UpdateOptions{.global_clipnorm = 1}}) {
    Model model{Dense{.units = 300, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
    model.compile({.optimizer = Ftrl{.initial_accumulator_value = 0}, .loss = BinaryCrossentropy{}, .update = update});
    model.fit(small.view(), {.epochs = 2, .threads = 2});
    const std::vector<float> weights = weights_of(model);
    for (std::size_t unit = 0; unit < 300; ++unit) EXPECT_EQ(weights[3 * 300 + unit], 0) << unit;
  }
}

TEST(Fit, DoesNotChangeWeightsOfFtrlAtARateOfZero) {
  const SumTable small(32, 5);
  Model model = sum_model(), still = sum_model();
  model.compile({.optimizer = Ftrl{}, .loss = BinaryCrossentropy{}, .schedule = "constant", .pace = {.warmup = 4}});
  still.build(5);
  model.fit(small.view(), {.epochs = 1, .batch_size = 32});
  EXPECT_EQ(weights_of(model), weights_of(still));
  model.fit(small.view(), {.epochs = 1, .batch_size = 32});
  EXPECT_NE(weights_of(model), weights_of(still));
}

TEST(Fit, LimitsTheBatchSizeToAllRows) {
  const SumTable small(10, 5);
  Model usual = sum_model(), whole = sum_model();
  EXPECT_EQ(usual.fit(small.view(), {.epochs = 2}).steps, 2);
  whole.fit(small.view(), {.epochs = 2, .batch_size = 10});
  EXPECT_EQ(weights_of(usual), weights_of(whole));
}

}  // namespace
}  // namespace millrace::test
