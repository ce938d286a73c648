// SPDX-License-Identifier: Apache-2.0
#include "base/json_numbers.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace millrace {
namespace {

using nlohmann::json;

TEST(JsonNumbers, AreWholeNumbersOfTheirType) {
  EXPECT_EQ(whole_number(json::parse("-9223372036854775808")), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(whole_number(json::parse("9223372036854775807")), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(whole_number<std::uint64_t>(json::parse("18446744073709551615")),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(whole_number<std::uint64_t>(nlohmann::ordered_json::parse("0")), 0U);
  EXPECT_EQ(whole_numbers(json::parse("[3, -4]")), (std::vector<std::int64_t>{3, -4}));
}

TEST(JsonNumbers, RefuseWhatTheJsonLibraryWouldRoundOrWrapAround) {
  for (const std::string text : {"2.5", "1e300", "3.0", "9223372036854775808", "\"3\"", "true", "null", "[3]"})
    EXPECT_THROW(static_cast<void>(whole_number(json::parse(text))), std::out_of_range) << text;
  for (const std::string text : {"-1", "1e300", "18446744073709551616", "0.0"})
    EXPECT_THROW(static_cast<void>(whole_number<std::uint64_t>(json::parse(text))), std::out_of_range) << text;
  for (const std::string text : {"3", "{}", "[1, 2.5]"})
    EXPECT_THROW(static_cast<void>(whole_numbers(json::parse(text))), std::out_of_range) << text;
}

}  // namespace
}  // namespace millrace
