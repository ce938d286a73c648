// SPDX-License-Identifier: Apache-2.0
#include "export/half.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace millrace {
namespace {

TEST(Half, EveryHalfIsTheNearestToItself) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const auto number = static_cast<double>(from_half(half));
    if (std::isnan(number)) {
      EXPECT_TRUE(std::isnan(in_half(number)));
      continue;
    }
    ASSERT_EQ(to_half(number), half) << number;
  }
}

TEST(Half, HasTheValueOfItsBits) {
  EXPECT_EQ(from_half(0x7C00), HUGE_VALF);
  EXPECT_EQ(from_half(0xFC00), -HUGE_VALF);
  EXPECT_TRUE(std::isnan(from_half(0x7E00)));
  EXPECT_TRUE(std::signbit(from_half(0x8000)));
  EXPECT_EQ(from_half(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(from_half(0x83FF), -std::ldexp(1023.0F, -24));
  EXPECT_EQ(from_half(0x0400), std::ldexp(1.0F, -14));
  EXPECT_EQ(from_half(0x7BFF), 65504.0F);
  EXPECT_EQ(from_half(0x3555), 0.333251953125F);
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(in_half(2049), 2048);  // halfway between 2048 and 2050
  EXPECT_EQ(in_half(2051), 2052);
  EXPECT_EQ(in_half(2049.1), 2050);
  EXPECT_EQ(in_half(-2051), -2052);
  EXPECT_EQ(in_half(4095.9), 4096);             // into the next exponent
  EXPECT_EQ(in_half(std::ldexp(1.0, -25)), 0);  // half of the smallest one
  EXPECT_EQ(in_half(std::ldexp(1.001, -25)), std::ldexp(1.0, -24));
  EXPECT_EQ(in_half(std::ldexp(1023.7, -24)), std::ldexp(1.0, -14));
  EXPECT_TRUE(std::signbit(in_half(-0.0)));
}

TEST(Half, IsInfiniteBeyondTheGreatest) {
  EXPECT_EQ(in_half(greatest_half), greatest_half);
  EXPECT_EQ(in_half(65519.9), greatest_half);
  EXPECT_EQ(in_half(65520), HUGE_VAL);
  EXPECT_EQ(in_half(-1e300), -HUGE_VAL);
}

}  // namespace
}  // namespace millrace
