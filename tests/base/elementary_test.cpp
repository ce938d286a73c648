// SPDX-License-Identifier: Apache-2.0
#include "base/elementary.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace millrace::test {

namespace {

// Distance in units in the last place of the right answer.
double units(float value, double right) {
  const auto rounded = static_cast<float>(right);
  const double unit = std::nextafter(rounded, std::numeric_limits<float>::infinity()) - rounded;
  return std::abs(static_cast<double>(value) - right) / unit;
}

TEST(Elementary, ExponentialIsWithinTwoUnits) {
  double worst = 0;
  for (float x = -87.3F; x < 88.7F; x += 0.00037F)
    worst = std::max(worst, units(exponential(x), std::exp(static_cast<double>(x))));
  EXPECT_LT(worst, 2);
  for (const float x : {0.0F, -0.0F}) EXPECT_EQ(exponential(x), 1.0F);
}

TEST(Elementary, ExponentialHasEnds) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float x : {-88.0F, -1e4F, -infinity}) EXPECT_EQ(exponential(x), 0.0F) << x;
  for (const float x : {88.8F, 1e4F, infinity}) EXPECT_EQ(exponential(x), infinity) << x;
  EXPECT_TRUE(std::isnan(exponential(std::numeric_limits<float>::quiet_NaN())));
}

TEST(Elementary, LogOfOnePlusIsWithinTwoUnits) {
  double worst = 0;
  for (float x = 1.0F; x > 1e-37F; x *= 0.9997F)
    worst = std::max(worst, units(log_of_one_plus(x), std::log1p(static_cast<double>(x))));
  EXPECT_LT(worst, 2);
  EXPECT_EQ(log_of_one_plus(0.0F), 0.0F);
}

}  // namespace

}  // namespace millrace::test
