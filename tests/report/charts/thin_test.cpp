// SPDX-License-Identifier: Apache-2.0
#include "report/charts/thin.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace millrace::report {

namespace {

TEST(Thin, KeepsShortCurvesAsTheyAre) {
  const std::vector<Point> points{{1, 2}, {2, std::numeric_limits<double>::quiet_NaN()}, {3, 1}};
  EXPECT_EQ(thinned(points).size(), 3U);
}

TEST(Thin, KeepsThePeakOfASinglePointAndBothEnds) {
  std::vector<Point> points;
  for (int i = 0; i < 10'000; ++i) points.push_back({double(i), i == 4321 ? 9.0 : i == 77 ? -3.0 : 1.0});
  const std::vector<Point> thin = thinned(points);
  EXPECT_LE(thin.size(), 400U);
  EXPECT_EQ(thin.front().x, 0);
  EXPECT_EQ(thin.back().x, 9999);
  for (const auto& [x, y] : {std::pair(4321.0, 9.0), std::pair(77.0, -3.0)}) {
    const double wanted = x;
    const auto at = std::ranges::find_if(thin, [&](const Point& point) { return point.x == wanted; });
    ASSERT_NE(at, thin.end()) << x;
    EXPECT_EQ(at->y, y);
  }
}

TEST(Thin, KeepsAGapOfMany) {
  std::vector<Point> points;
  for (int i = 0; i < 10'000; ++i)
    points.push_back({double(i), i > 5000 && i < 6000 ? std::numeric_limits<double>::quiet_NaN() : 1.0});
  const std::vector<Point> thin = thinned(points);
  EXPECT_TRUE(std::ranges::any_of(thin, [](const Point& point) { return std::isnan(point.y); }));
}

}  // namespace

}  // namespace millrace::report
