// SPDX-License-Identifier: Apache-2.0
#include "run/recent_median.hpp"

#include <gtest/gtest.h>

namespace millrace::test {
namespace {

TEST(RecentMedian, IsThatOfAllValuesAtFirst) {
  RecentMedian times;
  EXPECT_EQ(times.median(), 0);
  for (const double value : {5.0, 1.0, 3.0}) times.add(value);
  EXPECT_EQ(times.median(), 3);
}

TEST(RecentMedian, ForgetsOldValues) {
  RecentMedian times;
  for (int i = 0; i < 10'000; ++i) times.add(1);
  for (int i = 0; i < 8192; ++i) times.add(2);
  EXPECT_EQ(times.median(), 2);
}

}  // namespace
}  // namespace millrace::test
