// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace millrace {
namespace {

TEST(Text, NumbersReadBackAsTheyWere) {
  for (const double value : {0.1, 1e-7, -2.5, 1e300, 5e-324, 3.0, std::numeric_limits<double>::infinity()})
    EXPECT_EQ(parse_number(number_text(value)), value) << number_text(value);
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(0.1F), "0.1");
  EXPECT_EQ(number_text(1e-7), "1e-07");
  EXPECT_EQ(number_text(std::nan("")), "nan");
  EXPECT_EQ(number_text(-std::nan("")), "nan");
}

TEST(Text, ANumberIsAllOfTheText) {
  EXPECT_EQ(parse_number(" +1.5\t"), 1.5);
  EXPECT_EQ(parse_number("1e999"), std::numeric_limits<double>::infinity());
  for (const char* text : {"", " ", "1.5x", "x", "1,5", "0x10", "--1", "+-1", "1 2"})
    EXPECT_FALSE(parse_number(text)) << "'" << text << "'";
}

TEST(Text, LettersAreThoseOfAscii) {
  EXPECT_TRUE(is_letter('a') && is_letter('Z'));
  EXPECT_FALSE(is_letter('@') || is_letter('[') || is_letter('{') || is_letter('0') || is_letter('\xC3'));
  EXPECT_EQ(in_lower_case("Ab-\xC3\x84Z9"), "ab-\xC3\x84z9");
}

TEST(Text, SplitsAtEverySeparator) {
  EXPECT_EQ(split_text("a,b,c", ','), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(split_text(",a,,", ','), (std::vector<std::string>{"", "a", "", ""}));
  EXPECT_EQ(split_text("", ','), std::vector<std::string>{});
}

TEST(Text, TrimsBlanksAtBothEnds) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
}

}  // namespace
}  // namespace millrace
