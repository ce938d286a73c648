// SPDX-License-Identifier: Apache-2.0
#include "report/charts/axis.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace millrace::report {

namespace {

TEST(Axis, TicksAreRoundNumbersWithinIt) {
  const Axis axis{.least = 0.03, .most = 0.97};
  const std::vector<double> ticks = axis.ticks(5);
  ASSERT_EQ(ticks.size(), 4U);
  EXPECT_DOUBLE_EQ(ticks[0], 0.2);
  EXPECT_DOUBLE_EQ(ticks[3], 0.8);
}

TEST(Axis, ALogarithmicOneHasPowersOfTen) {
  const Axis axis{.least = 0.0005, .most = 20, .logarithmic = true};
  for (const double tick : axis.ticks(5)) EXPECT_NEAR(std::log10(tick), std::round(std::log10(tick)), 1e-9);
  EXPECT_GE(axis.ticks(5).size(), 3U);
}

TEST(Axis, HasRoomForEqualNumbersAndForNone) {
  for (const double number : {0.0, 5.0, -1e-30, 1e30}) {
    const Axis axis = axis_around(number, number, false);
    EXPECT_LE(axis.least, number);
    EXPECT_GT(axis.most, number);
    EXPECT_LT(axis.ticks(5).size(), 20U);
  }
  const Axis none =
      axis_around(std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), true);
  EXPECT_LT(none.least, none.most);
}

TEST(Axis, PlacesStayWithinThePicture) {
  const Axis axis{.least = 0, .most = 1, .begin = 10, .end = 110};
  EXPECT_EQ(axis.place(0.5), 60);
  EXPECT_EQ(axis.place(7), 110);
  EXPECT_EQ(axis.place(-7), 10);
}

}  // namespace

}  // namespace millrace::report
