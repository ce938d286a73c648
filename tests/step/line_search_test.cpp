// SPDX-License-Identifier: Apache-2.0
#include "step/line_search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace millrace::test {
namespace {

struct Line {
  double (*value)(double);
  double (*slope)(double);
  int evaluations = 0;

  LinePoint search(double first, const WolfeConditions& conditions = {}) {
    const LinePoint start{0, value(0), slope(0)};
    return strong_wolfe(
        [this](double t) {
          ++evaluations;
          return LinePoint{t, value(t), slope(t)};
        },
        start, first, conditions);
  }
  void expect_wolfe(double first) {
    const LinePoint found = search(first);
    EXPECT_GT(found.step, 0) << "from " << first;
    EXPECT_LE(found.value, value(0) + 1e-4 * found.step * slope(0)) << "from " << first;
    EXPECT_LE(std::abs(found.slope), 0.9 * std::abs(slope(0))) << "from " << first;
    EXPECT_LT(evaluations, 20) << "from " << first;
  }
};

// The first three functions of Moré and Thuente, "Line search algorithms with guaranteed sufficient decrease", 1994,
// without their kinks, and a parabola.
Line parabola() {
  return {[](double t) { return (t - 3) * (t - 3); }, [](double t) { return 2 * (t - 3); }};
}
Line hump() {
  return {[](double t) { return -t / (t * t + 2); },
          [](double t) { return (t * t - 2) / ((t * t + 2) * (t * t + 2)); }};
}
Line steep() {
  return {[](double t) { return std::pow(t + 0.004, 5) - 2 * std::pow(t + 0.004, 4); },
          [](double t) { return 5 * std::pow(t + 0.004, 4) - 8 * std::pow(t + 0.004, 3); }};
}

TEST(LineSearch, SatisfiesBothConditionsFromAnyFirstStep) {
  for (const double first : {1e-3, 0.1, 1.0, 10.0, 1e3}) {
    for (Line line : {parabola(), hump(), steep()}) line.expect_wolfe(first);
  }
}

TEST(LineSearch, TakesAFirstStepThatIsGoodEnough) {
  Line line = parabola();
  EXPECT_EQ(line.search(2.5).step, 2.5);
  EXPECT_EQ(line.evaluations, 1);
}

TEST(LineSearch, MinimisesABracketedCubicAtOnce) {
  Line line = parabola();
  EXPECT_DOUBLE_EQ(line.search(100).step, 3);
  EXPECT_EQ(line.evaluations, 2);
}

TEST(LineSearch, ANonFiniteValueBoundsTheInterval) {
  Line line{[](double t) { return t > 0.5 ? std::numeric_limits<double>::quiet_NaN() : -t; },
            [](double t) { return t > 0.5 ? std::numeric_limits<double>::infinity() : -1.0; }};
  const LinePoint found = line.search(8);
  EXPECT_GT(found.step, 0.2);
  EXPECT_LE(found.step, 0.5);
}

TEST(LineSearch, ReturnsTheStartIfNothingIsLower) {
  // The slope is negative, but no value is lower.
  Line line{[](double t) { return t; }, [](double) { return -1.0; }};
  EXPECT_EQ(line.search(1).step, 0);
}

TEST(LineSearch, EndsAtTheLimitOfEvaluationsWithTheBestPoint) {
  Line line{[](double t) { return -t; }, [](double) { return -1.0; }};
  const LinePoint found = line.search(1, {.evaluations = 4});
  EXPECT_EQ(line.evaluations, 4);
  EXPECT_EQ(found.step, 1000) << "ten times as far each time";
}

}  // namespace
}  // namespace millrace::test
