// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace millrace {
namespace {

TEST(Utf8, TellsWellFormedTextFromBrokenText) {
  for (const char* text : {"", "abc", "\xC3\xA9t\xC3\xA9", "\xE0\xA0\x80", "\xE2\x82\xAC", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF3\xA0\x80\x81", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"\xE9t\xE9", "\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE2\x82",
                           "\xE2\x82(", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                           "a\xFF", "\xC3\xFF", "\xE2\xFF\xBF"})
    EXPECT_FALSE(is_utf8(text)) << text;
  EXPECT_FALSE(is_utf8(std::string_view("\xE2\x82\xAC", 2))) << "what lies behind the text is not part of it";
}

}  // namespace
}  // namespace millrace
