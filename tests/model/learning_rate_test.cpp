// SPDX-License-Identifier: Apache-2.0
#include "millrace/learning_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

// The breast cancer table with its model, built.
struct Cancer {
  Cancer() {
    model.compile({.optimizer = Adam{.learning_rate = 0.02}, .loss = example.loss, .metrics = {"accuracy"}});
    model.standardize(data);
    model.build(data.features.columns, 3);
  }
  Example example = examples()[2];
  Dataset data = read_example(example);
  Model model{example.layers};
};

TEST(LearningRateFinder, DoesNotChangeTheModel) {
  Cancer cancer, other;
  Model& model = cancer.model;
  const Dataset& data = cancer.data;
  const std::vector<float> before = weights_of(model);
  const LearningRateCurve curve = model.find_learning_rate(data, {.steps = 60, .threads = 2});
  EXPECT_EQ(weights_of(model), before);
  ASSERT_GE(curve.points.size(), 30U);
  EXPECT_DOUBLE_EQ(curve.points[0].learning_rate, 1e-7);
  for (std::size_t i = 1; i < curve.points.size(); ++i) {
    EXPECT_NEAR(curve.points[i].learning_rate / curve.points[i - 1].learning_rate, std::pow(1e8, 1.0 / 59), 1e-9);
  }
  ASSERT_TRUE(curve.suggestion.has_value());
  EXPECT_GT(*curve.suggestion, 1e-4);
  EXPECT_LT(*curve.suggestion, 1);
  // The bits do not depend on the number of threads, and the model then trains as one that was not tested.
  EXPECT_EQ(model.find_learning_rate(data, {.steps = 60, .threads = 1}).suggestion, curve.suggestion);
  other.model.fit(data, {.epochs = 1});
  model.fit(data, {.epochs = 1});
  EXPECT_EQ(weights_of(model), weights_of(other.model));
}

TEST(LearningRateFinder, RefusesOtherColumns) {
  Cancer cancer;
  const Dataset& data = cancer.data;
  Dataset wider = data;
  const std::vector<float> x(static_cast<std::size_t>(data.features.rows * 4000), 0.5F);
  wider.features = {x.data(), data.features.rows, 4000, 4000};
  wider.feature_names.clear();
  expect_error(ErrorKind::usage, {"[find_learning_rate]", "4000 feature columns, expected 30, as the model has"},
               [&] { return cancer.model.find_learning_rate(wider, {.steps = 10}); });
  // It builds a network whose inputs take columns by name.
  Model graph(input("radius", {"mean_radius", "mean_texture"}) | Dense{.units = 1, .activation = "sigmoid"});
  graph.compile({.optimizer = Adam{}, .loss = cancer.example.loss});
  EXPECT_GE(graph.find_learning_rate(data, {.steps = 10}).points.size(), 1U);
}

TEST(LearningRateFinder, EndsWhenTheLossDiverges) {
  const Cancer cancer;
  Model model({Dense{.units = 1}});
  model.compile({.optimizer = Sgd{}, .loss = MeanSquaredError{}});
  const LearningRateCurve curve = model.find_learning_rate(cancer.data, {.highest = 1e6, .steps = 50});
  EXPECT_TRUE(curve.diverged);
  EXPECT_LT(curve.points.size(), 50U);
}

TEST(LearningRateFinder, RefusesALossThatTakesTheLogarithmOfNegativeOutputs) {
  const SignTable table;
  Model model{Dense{.units = 1}};
  model.compile({.loss = Poisson{}});
  expect_error(ErrorKind::usage, {"predictions that can be negative"},
               [&] { return model.find_learning_rate(table.view()); });
}

TEST(LearningRateFinder, RefusesInvalidRanges) {
  Cancer cancer;
  const auto refuses = [&](const LearningRateRange& range, std::initializer_list<std::string> parts) {
    expect_error(ErrorKind::usage, parts, [&] { return cancer.model.find_learning_rate(cancer.data, range); });
  };
  refuses({.steps = 5}, {"[find_learning_rate]", "steps is 5", "expected 10 or more"});
  refuses({.lowest = 1, .highest = 0.5}, {"from 1 to 0.5"});
  refuses({.lowest = 0}, {"from 0 to 10"});
  refuses({.smoothing = 1}, {"smoothing is 1"});
  refuses({.divergence = 1}, {"divergence is 1", "expected more than 1"});
}

// The smoothed loss is the bias-corrected moving average, and the suggestion is the rate around which it falls most steeply.
TEST(LearningRateFinder, SuggestsTheRateOfTheSteepestFall) {
  Cancer cancer;
  const LearningRateCurve curve = cancer.model.find_learning_rate(cancer.data, {.steps = 40, .smoothing = 0.5});
  double average = 0;
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    average = 0.5 * average + 0.5 * curve.points[i].loss;
    EXPECT_NEAR(curve.points[i].smoothed, average / (1 - std::pow(0.5, static_cast<double>(i + 1))), 1e-12);
  }
  // A line through the points at most a tenth of the steps away, from the second tenth to the least smoothed loss.
  constexpr std::size_t reach = 4;
  const auto slope = [&](std::size_t i) {
    const std::size_t begin = i - reach, end = std::min(i + reach + 1, curve.points.size());
    const double middle = static_cast<double>(begin + end - 1) / 2;
    double above = 0, below = 0;
    for (std::size_t k = begin; k < end; ++k) {
      const double x = static_cast<double>(k) - middle;
      above += x * curve.points[k].smoothed;
      below += x * x;
    }
    return above / below;
  };
  std::size_t bottom = reach;
  for (std::size_t i = reach; i < curve.points.size(); ++i) {
    if (curve.points[i].smoothed < curve.points[bottom].smoothed) bottom = i;
  }
  std::size_t steepest = reach;
  for (std::size_t i = reach; i < bottom; ++i) {
    if (slope(i) < slope(steepest)) steepest = i;
  }
  EXPECT_EQ(curve.suggestion, curve.points[steepest].learning_rate);
}

// Noise of the batches is not taken for a fall, and neither is the recovery from a spike: seeds agree on the rate.
TEST(LearningRateFinder, SeedsAgree) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  constexpr std::int64_t rows = 600, columns = 5;
  std::vector<float> x(rows * columns), y;
  for (float& value : x) value = uniform(random);
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const row = x.data() + r * columns;
    y.push_back(std::sin(3 * row[0] * row[1]) + row[2] * row[2] + row[3] + 0.5F * row[4] + 0.3F * uniform(random));
  }
  double least = 1e9, most = 0;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    Model model{Dense{.units = 32, .activation = "relu"}, Dense{.units = 32, .activation = "relu"}, Dense{.units = 1}};
    model.compile({.optimizer = Sgd{}, .loss = MeanSquaredError{}});
    const auto found = model.find_learning_rate(Dataset::view(x, columns, y), {.seed = seed}).suggestion;
    ASSERT_TRUE(found.has_value());
    least = std::min(least, *found);
    most = std::max(most, *found);
  }
  EXPECT_LT(most / least, 6) << least << " to " << most;
  EXPECT_GT(least, 0.005);
}

TEST(LearningRateFinder, SuggestsNothingIfTheLossNeverFalls) {
  const std::vector<float> x(20, 1.0F), y(20, 0.0F);
  Model model{Dense{.units = 1, .kernel_initializer = "zeros"}};  // its loss is 0
  model.compile({.optimizer = Sgd{}, .loss = MeanSquaredError{}});
  EXPECT_FALSE(model.find_learning_rate(Dataset::view(x, 1, y), {.steps = 10}).suggestion.has_value());
}

}  // namespace
}  // namespace millrace::test
