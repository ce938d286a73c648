// SPDX-License-Identifier: Apache-2.0
//
// The fast way for short cells against the general parser: the same bits, or no answer.
#include "table/csv/short_number.hpp"

#include <fast_float/fast_float.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "base/random.hpp"

namespace millrace {
namespace {

// What follows the cell in a file, so that there is room to look at it.
const std::string rest = ",0.123456789,";

// Where the fast way stopped, -1 where it did not answer; a number that it read to its end has the parser's bits.
std::ptrdiff_t parsed(const std::string& cell) {
  const std::string text = cell + rest;
  float fast = 0, general = 0;
  const char* const after = parse_short_number(text.data(), text.data() + text.size(), ',', fast);
  if (after == nullptr) return -1;
  if (after == text.data() + cell.size()) {
    const auto result = fast_float::from_chars(text.data(), text.data() + text.size(), general);
    EXPECT_EQ(result.ptr, after) << cell;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(fast), std::bit_cast<std::uint32_t>(general)) << cell;
  }
  return after - text.data();
}

TEST(ShortNumber, ReadsTheWholeCell) {
  for (const std::string cell :
       {"0",        "7",        "-7",        "-0",       "0.5",      "-0.5",     ".5",       "5.",
        "-.5",      "12345678", "-99999999", "1234.567", "1.234567", "0.000001", "00000001", "9999999.",
        ".9999999", "16777217", "33554431",  "255",      "0.1",      "-0.0"}) {
    EXPECT_EQ(parsed(cell), static_cast<std::ptrdiff_t>(cell.size())) << cell;
  }
}

TEST(ShortNumber, LeavesTheRestToTheGeneralParser) {
  for (const std::string cell : {"", "-", ".", "-.", "abc", "+1", " 1", "\"1\"", "nan", "--1", "\xB0", "/", ":"}) {
    EXPECT_EQ(parsed(cell), -1) << cell;
  }
  // It stops where the digits do, or after eight characters: the caller sees that the cell goes on.
  for (const std::string cell :
       {"1e5", "1.5e5", "123456789", "1.2345678", "1 ", "1.2.3", "0x10", "1\r", "-12345678.5", "1\xB2"}) {
    EXPECT_LT(parsed(cell), static_cast<std::ptrdiff_t>(cell.size())) << cell;
  }
}

TEST(ShortNumber, NeedsRoomToLook) {
  const std::string text = "1,2,3,4,5";
  float value = 0;
  EXPECT_EQ(parse_short_number(text.data(), text.data() + 9, ',', value), text.data() + 1);
  EXPECT_EQ(parse_short_number(text.data(), text.data() + 8, ',', value), nullptr);
}

TEST(ShortNumber, AgreesOnRandomCells) {
  Random random(3, RandomStream::noise);
  const std::string characters = "0123456789012345678901234567890123456789..-e";
  for (int i = 0; i < 300000; ++i) {
    std::string cell(random.below(3) == 0 ? "-" : "");
    for (std::uint64_t size = 1 + random.below(9); size > 0; --size)
      cell += characters[random.below(characters.size())];
    parsed(cell);
  }
}

TEST(ShortNumber, AgreesOnAllWithThreeDecimals) {
  for (int i = 0; i < 100000; ++i) {
    const std::string digits = std::to_string(100000 + i).substr(1);
    const std::string cell = digits.substr(0, 2) + "." + digits.substr(2);
    ASSERT_EQ(parsed(cell), 6);
  }
}

}  // namespace
}  // namespace millrace
