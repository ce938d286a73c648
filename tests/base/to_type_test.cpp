// SPDX-License-Identifier: Apache-2.0
#include "base/to_type.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ToType, QuotesForTheListAndForTheShell) {
  EXPECT_EQ(to_type({"a", "b_2"}), "a,b_2");
  EXPECT_EQ(to_type({"Person ID"}), "'Person ID'");
  EXPECT_EQ(to_type({"last, first", "b"}), "'\"last, first\",b'");
  EXPECT_EQ(to_type({"5\" disk"}), "'\"5\"\" disk\"'");
  EXPECT_EQ(to_type({"o'clock"}), R"('o'\''clock')");
  EXPECT_EQ(to_type({" a"}), "'\" a\"'");
  EXPECT_EQ(to_type({"größe"}), "größe");
}

}  // namespace
}  // namespace millrace
