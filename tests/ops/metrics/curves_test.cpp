// SPDX-License-Identifier: Apache-2.0
#include "millrace/curves.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.hpp"

namespace millrace {
namespace {

TEST(ThresholdCurve, CountsRowsAtEveryScore) {
  // sklearn.metrics.roc_curve(y, s, drop_intermediate=False) and precision_recall_curve.
  const std::vector<float> scores{0.1F, 0.4F, 0.35F, 0.8F}, positive{0, 0, 1, 1};
  const std::vector<CurvePoint> curve = threshold_curve(scores, positive);
  ASSERT_EQ(curve.size(), 5U);
  EXPECT_TRUE(std::isinf(curve[0].threshold));
  const std::vector<double> fpr{0, 0, 0.5, 0.5, 1}, tpr{0, 0.5, 0.5, 1, 1}, precision{1, 1, 0.5, 2.0 / 3, 0.5};
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_DOUBLE_EQ(curve[i].false_positive_rate, fpr[i]);
    EXPECT_DOUBLE_EQ(curve[i].true_positive_rate, tpr[i]);
    EXPECT_DOUBLE_EQ(curve[i].precision, precision[i]);
  }
}

TEST(ThresholdCurve, EqualScoresAreOnePoint) {
  const std::vector<float> scores{0.5F, 0.5F, 0.5F}, positive{1, 0, 1};
  const std::vector<CurvePoint> curve = threshold_curve(scores, positive);
  ASSERT_EQ(curve.size(), 2U);
  EXPECT_DOUBLE_EQ(curve[1].precision, 2.0 / 3);
}

TEST(ThresholdCurve, RowsCountByTheirWeights) {
  const std::vector<float> scores{0.9F, 0.8F}, positive{1, 0}, weights{1, 3};
  EXPECT_DOUBLE_EQ(threshold_curve(scores, positive, weights).back().precision, 0.25);
}

TEST(ThresholdCurve, RefusesNan) {
  const std::vector<float> scores{0.1F, NAN, 0.8F}, positive{0, 0, 1};
  test::expect_error(ErrorKind::data, {"[threshold_curve] the score of row 2 is nan"},
                     [&] { return threshold_curve(scores, positive); });
}

TEST(ThresholdCurve, RefusesWeightsThatAreNone) {
  const std::vector<float> scores{0.1F, 0.8F}, positive{0, 1};
  for (const float bad : {-1.0F, NAN, INFINITY}) {
    const std::vector<float> weights{1, bad};
    test::expect_error(ErrorKind::data, {"[threshold_curve] the weight of row 2 is ", "expected a number of 0 or more"},
                       [&] { return threshold_curve(scores, positive, weights); });
  }
}

TEST(ThresholdCurve, RefusesListsOfDifferentLengths) {
  const std::vector<float> two(2), three(3);
  test::expect_error(ErrorKind::usage, {"[threshold_curve] 3 labels", "2 scores"},
                     [&] { return threshold_curve(two, three); });
  test::expect_error(ErrorKind::usage, {"3 weights"}, [&] { return threshold_curve(two, two, three); });
}

TEST(ClassScores, AreScikitLearnsClassificationReport) {
  const ConfusionMatrix matrix{{"a", "b", "never"}, {8, 2, 0, 1, 9, 0, 0, 0, 0}};
  const std::vector<ClassScores> scores = class_scores(matrix);
  EXPECT_DOUBLE_EQ(scores[0].precision, 8.0 / 9);
  EXPECT_DOUBLE_EQ(scores[0].recall, 0.8);
  EXPECT_DOUBLE_EQ(scores[0].f1, 16.0 / 19);
  EXPECT_EQ(scores[1].rows, 10);
  EXPECT_EQ(scores[2].f1, 0) << "nothing to divide by";
}

}  // namespace
}  // namespace millrace
