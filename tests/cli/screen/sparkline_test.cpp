// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/sparkline.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace millrace::cli {

namespace {

Sparkline of(int count, double (*value)(int)) {
  Sparkline line;
  for (int i = 0; i < count; ++i) line.add(value(i));
  return line;
}

TEST(Sparkline, GoesFromTheFirstValueToTheLast) {
  EXPECT_EQ(of(8, [](int i) { return double(7 - i); }).text(8, false), "#*+=-:._");
  EXPECT_EQ(of(3, [](int i) { return i == 1 ? 1.0 : 0.0; }).text(8, true), "\u2581\u2588\u2581");
  EXPECT_EQ(of(4, [](int) { return 2.0; }).text(8, false), "____");
}

TEST(Sparkline, HasAtMostTheWidthWhateverTheNumberOfValues) {
  const Sparkline line = of(100'003, [](int i) { return double(-i); });
  for (const std::size_t width : {1U, 7U, 24U}) {
    const std::string text = line.text(width, false);
    ASSERT_EQ(text.size(), width);
    EXPECT_EQ(text.front(), width > 1 ? '#' : '_');
    EXPECT_EQ(text.back(), '_');
  }
}

TEST(Sparkline, LeavesOutWhatIsNotFinite) {
  Sparkline line;
  for (const double value : {std::nan(""), 1.0, HUGE_VAL, 0.0}) line.add(value);
  EXPECT_EQ(line.text(8, false), "#_");
  EXPECT_EQ(Sparkline().text(8, false), "");
  EXPECT_EQ(of(1, [](int) { return 1.0; }).text(8, false), "") << "a value alone is no curve";
}

}  // namespace

}  // namespace millrace::cli
