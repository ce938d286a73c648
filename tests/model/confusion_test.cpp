// SPDX-License-Identifier: Apache-2.0
#include "millrace/confusion.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

// Predicts the feature itself, so that the output of each row is known.
Model copying_model(const LossConfig& loss = MeanSquaredError{}) {
  Model model{Dense{.units = 1, .use_bias = false, .kernel_initializer = "ones"}};
  model.build(1);
  model.compile({.loss = loss});
  return model;
}

TEST(ConfusionMatrix, ComparesOneOutputWithTheThreshold) {
  const Model model = copying_model();
  const std::vector<float> x{0.2F, 0.6F, 0.7F, 0.9F}, y{0, 1, 0, 1};
  const Dataset data = Dataset::view(x, 1, y);
  const ConfusionMatrix half = model.confusion(data), high = model.confusion(data, 0.8);
  EXPECT_EQ(half.classes, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(half.counts, (std::vector<double>{1, 1, 0, 2}));
  EXPECT_EQ(high.counts, (std::vector<double>{2, 0, 1, 1}));
  Dataset weighted = data;
  weighted.weights = {1, 2, 3, 4};
  EXPECT_EQ(model.confusion(weighted).counts, (std::vector<double>{1, 3, 0, 6}));
}

TEST(ConfusionMatrix, TakesTheThresholdOfTheLossByDefault) {
  const std::vector<float> x{-0.6F, 0.2F, 0.7F, -0.1F}, y{0, 1, 1, 1};
  const Dataset data = Dataset::view(x, 1, y);
  for (const char* const loss : {"binary_crossentropy:from_logits=true", "hinge"})
    EXPECT_EQ(copying_model(loss).confusion(data).counts, (std::vector<double>{1, 0, 1, 2})) << loss;
  EXPECT_EQ(copying_model().confusion(data).counts, (std::vector<double>{1, 0, 2, 1}));
  EXPECT_EQ(copying_model("hinge").confusion(data, 0.5).counts, (std::vector<double>{1, 0, 2, 1}));
}

// No output is above it, which would look like a model that never says yes.
TEST(ConfusionMatrix, RefusesAThresholdThatIsNoNumber) {
  const Model model = copying_model();
  const std::vector<float> x{0.2F, 0.6F}, y{0, 1};
  const Dataset data = Dataset::view(x, 1, y);
  expect_error(ErrorKind::usage, {"[confusion] the threshold is nan, expected a number"},
               [&] { return model.confusion(data, std::nan("")); });
  EXPECT_EQ(model.confusion(data, std::numeric_limits<double>::infinity()).counts, (std::vector<double>{1, 0, 1, 0}));
}

TEST(ConfusionMatrix, RefusesAnIndexThatNoClassHas) {
  const ConfusionMatrix matrix{.classes = {"no", "yes"}, .counts = {1, 2, 3, 4}};
  EXPECT_EQ(matrix.count(1, 0), 3);
  expect_error(ErrorKind::usage, {"[confusion] there is no class 2, expected one of 2 classes, counted from 0"},
               [&] { return matrix.count(0, 2); });
  expect_error(ErrorKind::usage, {"there is no class 3"}, [&] { return matrix.count(3, 0); });
}

TEST(ConfusionMatrix, CountsEveryRowOnce) {
  const Example example = examples()[2];
  const Dataset data = read_example(example);
  Model model = compiled_model(example, data);
  model.fit(data, {.epochs = 3});
  const ConfusionMatrix matrix = model.confusion(data);
  EXPECT_EQ(matrix.classes, (std::vector<std::string>{"benign", "malignant"}));
  const double right = matrix.count(0, 0) + matrix.count(1, 1), wrong = matrix.count(0, 1) + matrix.count(1, 0);
  EXPECT_EQ(right + wrong, 569);
  EXPECT_EQ(matrix.count(1, 0) + matrix.count(1, 1), 212);  // rows of this class
  EXPECT_NEAR(right / 569, model.evaluate(data).metrics.at(0).value, 1e-12);
}

// A model has one threshold: metrics, counts and the exported file agree.
TEST(Threshold, OfTheModelIsThatOfItsMetricsAndCounts) {
  const std::vector<float> x{0.2F, 0.6F, 0.7F, 0.9F}, y{0, 1, 0, 1};
  const Dataset data = Dataset::view(x, 1, y);
  Model model = copying_model();
  model.compile({.loss = MeanSquaredError{}, .metrics = {"accuracy", "recall", Recall{.threshold = 0.1}, "mse"}});
  const double error = model.evaluate(data)["mse"];
  EXPECT_EQ(model.evaluate(data)["accuracy"], 0.75);
  EXPECT_EQ(model.evaluate(data)["recall"], 1);
  model.set_threshold(0.8);
  EXPECT_EQ(model.confusion(data).counts, (std::vector<double>{2, 0, 1, 1}));
  const Evaluation values = model.evaluate(data);
  EXPECT_EQ(values["accuracy"], 0.75);
  EXPECT_EQ(values["recall"], 0.5);
  EXPECT_EQ(values["recall:threshold=0.1"], 1);
  EXPECT_EQ(values["mse"], error);
  model.set_threshold(0.95);
  EXPECT_EQ(model.evaluate(data)["accuracy"], 0.5);
  const History history = model.fit(data, {.validation = &data});
  EXPECT_EQ(history.epochs[0].validation["accuracy"], model.evaluate(data)["accuracy"]);
}

TEST(Threshold, OfALabelIsThatOfEachScore) {
  Model model{Dense{.units = 2, .use_bias = false}};
  model.build(2);
  model.set_weights("dense_1/kernel", std::vector<float>{1, 0, 0, 1});
  model.compile({.loss = MeanSquaredError{}, .metrics = {"subset_accuracy", "binary_accuracy", "accuracy"}});
  const std::vector<float> x{0.2F, 0.6F, 0.4F, 0.9F}, y{0, 1, 1, 1};
  Dataset data = Dataset::view(x, 2);
  data.targets = Dataset::view(y, 2).features;
  EXPECT_EQ(model.evaluate(data)["subset_accuracy"], 0.5);
  EXPECT_EQ(model.evaluate(data)["accuracy"], 0.5) << "the largest score, which has no threshold";
  model.set_threshold(0.3);
  EXPECT_EQ(model.evaluate(data)["subset_accuracy"], 1);
  EXPECT_EQ(model.evaluate(data)["binary_accuracy"], 1);
  EXPECT_EQ(model.evaluate(data)["accuracy"], 0.5);
}

}  // namespace
}  // namespace millrace::test
