// SPDX-License-Identifier: Apache-2.0
//
// Weights of rows and classes in the loss, in the metrics and in a resumed run.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "millrace/split.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr std::int64_t columns = 5;

// Rows with the target 0 or 1; about a third have 1.
struct Answers {
  std::vector<float> x, y;
  explicit Answers(std::int64_t rows, std::uint64_t seed = 1) {
    Random random(seed, RandomStream::noise);
    for (std::int64_t r = 0; r < rows; ++r) {
      double sum = -0.8;
      for (std::int64_t c = 0; c < columns; ++c) {
        x.push_back(static_cast<float>(random.normal()));
        sum += static_cast<double>(x.back());
      }
      y.push_back(sum > 0 ? 1.0F : 0.0F);
    }
  }
  Dataset view() const { return Dataset::view(x, columns, y); }
};

Model answering_model(Semantics semantics = Semantics::keras) {
  Model model({Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}}, semantics);
  model.build(columns, 3);
  model.compile({.optimizer = Sgd{.learning_rate = 0.5}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
  return model;
}

struct Trained {
  std::vector<float> weights;
  History history;
};
Trained trained(const Dataset& data, FitOptions options, Semantics semantics = Semantics::keras) {
  Model model = answering_model(semantics);
  options.threads = 1;
  History history = model.fit(data, options);
  return {weights_of(model), std::move(history)};
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 2e-5) << i;
}

TEST(SampleWeight, OfTwoEqualsARowThatOccursTwice) {
  const Answers once(20);
  Answers twice = once;
  std::vector<float> weights(20, 1.0F);
  for (std::size_t r = 0; r < 5; ++r) {
    weights[r] = 2;
    twice.y.push_back(once.y[r]);
    twice.x.insert(twice.x.end(), once.x.begin() + static_cast<std::ptrdiff_t>(r) * columns,
                   once.x.begin() + static_cast<std::ptrdiff_t>(r + 1) * columns);
  }
  // Only with these semantics is the loss divided by the sum of the weights.
  for (const Semantics semantics : {Semantics::torch, Semantics::sklearn}) {
    const Trained weighted = trained(once.view(), {.epochs = 8, .batch_size = 20, .sample_weight = weights}, semantics);
    const Trained repeated = trained(twice.view(), {.epochs = 8, .batch_size = 25}, semantics);
    expect_near(weighted.weights, repeated.weights);
    for (std::size_t e = 0; e < 8; ++e) {
      EXPECT_NEAR(weighted.history.epochs[e].loss, repeated.history.epochs[e].loss, 1e-5);
      EXPECT_NEAR(weighted.history.epochs[e].metrics[0].value, repeated.history.epochs[e].metrics[0].value, 1e-9);
    }
  }
}

TEST(SampleWeight, CountsInTheMetricsThatDoNotSayOtherwise) {
  const Answers answers(20);
  std::vector<float> weights(20, 0.0F);
  std::fill(weights.begin(), weights.begin() + 5, 3.0F);
  Dataset all = answers.view();
  const Dataset some = select_rows(all, std::vector<std::int64_t>{0, 1, 2, 3, 4});
  Model model{Dense{.units = 1, .activation = "sigmoid"}};
  model.build(all).compile(
      {.loss = BinaryCrossentropy{},
       .metrics = {"mean_absolute_error", "mean_absolute_error:weighted=false", "roc_auc", "roc_auc:weighted=false"}});
  const Evaluation plain = model.evaluate(all), few = model.evaluate(some);
  all.weights = weights;
  const Evaluation both = model.evaluate(all);
  ASSERT_EQ(both.metrics.size(), 4);
  for (const std::size_t weighted : {0, 2}) {
    EXPECT_NEAR(both.metrics[weighted].value, few.metrics[weighted].value, 1e-9);
    EXPECT_EQ(both.metrics[weighted + 1], plain.metrics[weighted + 1]);
    EXPECT_NE(both.metrics[weighted].value, both.metrics[weighted + 1].value);
  }
  EXPECT_EQ(both.metrics[1].name, "mean_absolute_error:weighted=false");
  // The metrics of training are over the outputs before the only step.
  const History history = model.fit(all, {.batch_size = 20});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(history.epochs[0].metrics[i].value, both.metrics[i].value, 1e-7) << i;
  EXPECT_EQ(Model::load_checkpoint(model.checkpoint_bytes()).evaluate(all).metrics, model.evaluate(all).metrics);
}

TEST(SampleWeight, DoesNotChangeTheDivisorOfKerasLosses) {
  const Answers answers(20);
  const std::vector<float> tripled(20, 3.0F);
  Model model = answering_model();
  const double plain = model.evaluate(answers.view()).loss;
  Dataset data = answers.view();
  data.weights = tripled;
  EXPECT_NEAR(model.evaluate(data).loss, 3 * plain, 1e-6);
  Model torch = answering_model(Semantics::torch);
  torch.copy_weights(model);
  EXPECT_NEAR(torch.evaluate(data).loss, plain, 1e-6);
}

TEST(SampleWeight, InTheTableEqualsThatInFitOptions) {
  const Answers answers(30);
  std::vector<float> weights;
  for (int r = 0; r < 30; ++r) weights.push_back(0.25F * static_cast<float>(r % 7));
  Dataset data = answers.view();
  data.weights = weights;
  const FitOptions options{.epochs = 3, .batch_size = 8, .validation_split = 0.2};
  FitOptions beside = options;
  beside.sample_weight = weights;
  const Trained own = trained(data, options), given = trained(answers.view(), beside);
  EXPECT_EQ(own.weights, given.weights);
  EXPECT_EQ(own.history.epochs.back().validation.loss, given.history.epochs.back().validation.loss);
  // sample_weight is in the order of the selection.
  Dataset selected = answers.view();
  for (std::int64_t r = 29; r >= 10; --r) selected.selection.push_back(r);
  Dataset weighted = selected;
  weighted.weights = weights;
  FitOptions reversed = options;
  for (std::int64_t r = 29; r >= 10; --r) reversed.sample_weight.push_back(weights[static_cast<std::size_t>(r)]);
  EXPECT_EQ(trained(weighted, options).weights, trained(selected, reversed).weights);
}

TEST(SampleWeight, OfZeroInAWholeBatchChangesNothing) {
  const Answers answers(8);
  std::vector<float> weights(8, 0.0F);
  weights[7] = 1;
  for (const Semantics semantics : {Semantics::keras, Semantics::torch, Semantics::sklearn}) {
    const Trained run =
        trained(answers.view(), {.epochs = 1, .batch_size = 1, .shuffle = false, .sample_weight = weights}, semantics);
    Answers last(0);
    last.y = {answers.y[7]};
    last.x.assign(answers.x.end() - columns, answers.x.end());
    EXPECT_EQ(run.weights, trained(last.view(), {.epochs = 1, .batch_size = 1}, semantics).weights);
    EXPECT_TRUE(std::isfinite(run.history.epochs[0].loss));
  }
}

TEST(ClassWeight, CountsOnlyInTheTrainingLoss) {
  const Answers answers(40);
  std::vector<float> by_row;
  for (const float y : answers.y) by_row.push_back(y > 0.5F ? 3.0F : 0.5F);
  const FitOptions options{.epochs = 4, .batch_size = 16, .validation_split = 0.25};
  FitOptions rows = options, classes = options;
  rows.sample_weight = by_row;
  classes.class_weight = {0.5, 3};
  const Trained a = trained(answers.view(), rows), b = trained(answers.view(), classes),
                plain = trained(answers.view(), options);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_NE(a.weights, plain.weights);
  EXPECT_EQ(a.history.epochs.back().loss, b.history.epochs.back().loss);
  // Metrics and validation do not use class weights.
  Model same = answering_model();
  Dataset held = split_last(answers.view(), 0.25).validation;
  same.fit(answers.view(), classes);
  EXPECT_NEAR(b.history.epochs.back().validation.loss, same.evaluate(held).loss, 1e-12);
  EXPECT_NE(a.history.epochs.back().validation.loss, b.history.epochs.back().validation.loss);
}

TEST(ClassWeight, BalancedIsComputedFromTheTrainingRows) {
  const Answers answers(40);
  FitOptions balanced{.epochs = 3, .batch_size = 10, .balanced = true, .validation_split = 0.5}, numbers = balanced;
  double yes = 0;
  for (std::size_t r = 0; r < 20; ++r) yes += static_cast<double>(answers.y[r]);
  ASSERT_GT(yes, 0);
  numbers.balanced = false;
  numbers.class_weight = {20 / (2 * (20 - yes)), 20 / (2 * yes)};
  EXPECT_EQ(trained(answers.view(), balanced).weights, trained(answers.view(), numbers).weights);
}

TEST(RowWeights, AreRefusedIfTheyDoNotFit) {
  const Answers answers(10);
  Dataset weighted = answers.view();
  weighted.weights.assign(10, 1.0F);
  const auto fitted = [](const Dataset& data, const FitOptions& options) {
    return [&data, options] { return trained(data, options).history.steps; };
  };
  const Dataset data = answers.view();
  const std::vector<float> three(3, 1.0F), ten(10, 1.0F);
  expect_error(ErrorKind::usage, {"[fit]", "3 sample weights for 10 rows"},
               fitted(data, {.batch_size = 5, .sample_weight = three}));
  expect_error(ErrorKind::usage, {"both the data and sample_weight"},
               fitted(weighted, {.batch_size = 5, .sample_weight = ten}));
  expect_error(ErrorKind::usage, {"both class_weight and balanced"},
               fitted(data, {.batch_size = 5, .class_weight = {1, 1}, .balanced = true}));
  expect_error(ErrorKind::usage, {"weights for 1 class"}, fitted(data, {.batch_size = 5, .class_weight = {1}}));
  expect_error(ErrorKind::usage,
               {"[class_weight] weights for 3 classes, and the model tells 2 apart, expected one for each"},
               fitted(data, {.batch_size = 5, .class_weight = {1, 1, 1}}));
}

TEST(RowWeights, MustBeTheSameInAResumedRun) {
  const Answers answers(40);
  const TemporaryDirectory folder;
  FitOptions options{.epochs = 4, .batch_size = 16, .class_weight = {0.5, 3}};
  options.sample_weight.assign(40, 1.0F);
  options.sample_weight[3] = 4;
  const Trained whole = trained(answers.view(), options);

  options.checkpoint = folder.file("run.safetensors");
  options.epochs = 2;
  static_cast<void>(trained(answers.view(), options));
  options.epochs = 4;
  options.resume = true;
  FitOptions others = options;
  others.class_weight = {0.5, 2};
  const auto fitted = [&](const FitOptions& asked) {
    return [&answers, asked] { return trained(answers.view(), asked).history.steps; };
  };
  expect_error(ErrorKind::usage, {"[resume]", "class weights"}, fitted(others));
  others = options;
  others.sample_weight[3] = 5;
  expect_error(ErrorKind::usage, {"[resume]", "training rows"}, fitted(others));
  const Trained resumed = trained(answers.view(), options);
  EXPECT_EQ(resumed.weights, whole.weights);
  EXPECT_EQ(resumed.history.epochs.back().loss, whole.history.epochs.back().loss);
}

}  // namespace
}  // namespace millrace::test
