// SPDX-License-Identifier: Apache-2.0
#include "base/shape.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Shape, ElementCountSaturatesAtTheLargestNumber) {
  constexpr std::int64_t half = std::int64_t{1} << 32, most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({8, 8, 3}), 192);
  EXPECT_EQ(element_count({half, half / 4}), half * (half / 4));
  EXPECT_EQ(element_count({half, half}), most);
  EXPECT_EQ(element_count({half, half, half, 3}), most);
  EXPECT_EQ(element_count({half, half, 0}), 0);
}

}  // namespace
}  // namespace millrace
