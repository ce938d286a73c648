// SPDX-License-Identifier: Apache-2.0
#include "table/class_weights.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

const std::vector<float> features(6);

Dataset labelled(const std::vector<float>& labels, std::int64_t columns = 1) {
  const std::size_t rows = labels.size() / static_cast<std::size_t>(columns);
  return Dataset::view(std::span(features).first(rows), 1, labels, columns);
}

TEST(ClassWeights, MultiplyTheRowsOwn) {
  const std::vector<float> labels{0, 1, 2, 1};
  Dataset data = labelled(labels);
  EXPECT_EQ(class_weighted_rows(data, {0.5, 1, 3}), (std::vector<float>{0.5F, 1, 3, 1}));
  data.weights = {2, 1, 1, 0};
  EXPECT_EQ(class_weighted_rows(data, {0.5, 1, 3}), (std::vector<float>{1, 1, 3, 0}));
}

TEST(ClassWeights, FindTheColumnOfTheClass) {
  const std::vector<float> columns{0, 1, 1, 0, 0, 1};
  EXPECT_EQ(class_weighted_rows(labelled(columns, 2), {2, 5}), (std::vector<float>{5, 2, 5}));
}

TEST(ClassWeights, BelongToTableRowsAlsoOfASelection) {
  const std::vector<float> labels{0, 7.5F, 1, 1};
  Dataset data = labelled(labels);
  data.selection = {3, 0};  // the row that is no class is not one of them
  EXPECT_EQ(class_weighted_rows(data, {2, 5}), (std::vector<float>{2, 0, 0, 5}));
}

TEST(ClassWeights, BalancedOnesMakeClassesWeighTheSame) {
  const std::vector<float> labels{0, 0, 0, 1, 3, 0};
  const std::vector<double> weights = balanced_class_weight(labelled(labels));
  // rows / (classes that are there * rows of the class)
  EXPECT_EQ(weights, (std::vector<double>{6.0 / (3 * 4), 2, 1, 2}));
}

TEST(ClassWeights, BalancedOnesCountRowsByTheirWeights) {
  const std::vector<float> labels{0, 0, 0, 1, 2, 0};
  Dataset data = labelled(labels);
  data.weights = {1, 2, 0.5F, 7, 0, 0};  // of the rows of class 2 none counts
  const std::vector<double> weights = balanced_class_weight(data);
  EXPECT_EQ(weights, (std::vector<double>{10.5 / (2 * 3.5), 10.5 / (2 * 7), 1}));
  const std::vector<float> rows = class_weighted_rows(data, weights);
  EXPECT_FLOAT_EQ(rows[0] + rows[1] + rows[2] + rows[5], rows[3]) << "both classes have the same total weight";
}

TEST(ClassWeights, RefuseWhatIsNoClass) {
  const std::vector<float> measured{0, 2.5F}, negative{0, -1}, several{1, 1, 0, 1};
  const auto weighted = [](const Dataset& data, const std::vector<double>& weights) {
    return [&data, weights] { return class_weighted_rows(data, weights); };
  };
  const Dataset a = labelled(measured), b = labelled(negative), c = labelled(several, 2);
  expect_error(ErrorKind::usage, {"[class_weight]", "row 2 of array is 2.5", "expected a class"}, weighted(a, {1, 1}));
  expect_error(ErrorKind::usage, {"row 2 of array is -1"}, weighted(b, {1, 1}));
  expect_error(ErrorKind::usage, {"targets of row 1 of array are not one 1"}, weighted(c, {1, 1}));
  const std::vector<float> third{0, 2};
  const Dataset d = labelled(third);
  expect_error(ErrorKind::usage, {"weights for 2 classes", "row 2 of array is of class 2"}, weighted(d, {1, 1}));
  expect_error(ErrorKind::usage, {"a weight is -1"}, weighted(d, {1, 1, -1}));
  expect_error(ErrorKind::usage, {"every class weighs 0"}, weighted(d, {0, 0, 0}));
}

}  // namespace
}  // namespace millrace::test
