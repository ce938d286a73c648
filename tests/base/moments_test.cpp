// SPDX-License-Identifier: Apache-2.0
#include "base/moments.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace millrace {
namespace {

TEST(Moments, AreExactFarFromZero) {
  const std::vector<double> values{1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4};
  const Moments found = moments_of(values);
  EXPECT_DOUBLE_EQ(found.mean, 1e9 + 2.5);
  EXPECT_DOUBLE_EQ(found.deviation, std::sqrt(1.25));
}

TEST(Moments, CountValuesByTheirWeights) {
  const std::vector<double> values{1e9, 5, 1e9 + 4}, weights{3, 0, 1};
  const Moments found = moments_of(values, weights);
  EXPECT_DOUBLE_EQ(found.mean, 1e9 + 1);
  EXPECT_DOUBLE_EQ(found.deviation, std::sqrt(3.0));
}

TEST(Moments, OfEqualNumbersHaveNoDeviation) {
  const std::vector<double> values(10, 0.1);
  EXPECT_EQ(moments_of(values).deviation, 0);
}

TEST(Moments, OfInfiniteNumbersHaveNoDeviation) {
  const std::vector<double> values{1, std::numeric_limits<double>::infinity()};
  EXPECT_EQ(moments_of(values).mean, std::numeric_limits<double>::infinity());
  EXPECT_EQ(moments_of(values).deviation, 0);
}

TEST(Moments, OfNothingAreZero) {
  EXPECT_EQ(moments_of({}).deviation, 0);
  const std::vector<double> values{7}, weights{0};
  EXPECT_EQ(moments_of(values, weights).mean, 0);
}

}  // namespace
}  // namespace millrace
