// SPDX-License-Identifier: Apache-2.0
#include "table/csv/blanks.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Blanks, BecomeOneTabBetweenCells) {
  EXPECT_EQ(blanks_to_tabs("  a  b \t c  \n1 2 3", 0), "a\tb\tc\n1\t2\t3");
  EXPECT_EQ(blanks_to_tabs("a b \r\n\n \t\n1\t2\r\n", 0), "a\tb\r\n\n\n1\t2\r\n");
  EXPECT_EQ(blanks_to_tabs("", 0), "");
  EXPECT_EQ(blanks_to_tabs(" \t ", 0), "");
}

TEST(Blanks, InQuotesAndCommentsStay) {
  EXPECT_EQ(blanks_to_tabs("\"a  b\"  \"c \"\"d\"\"  e\"\n", 0), "\"a  b\"\t\"c \"\"d\"\"  e\"\n");
  EXPECT_EQ(blanks_to_tabs("\"two \n lines\" 2", 0), "\"two \n lines\"\t2");
  EXPECT_EQ(blanks_to_tabs("\"never  closes\n", 0), "\"never  closes\n");
  EXPECT_EQ(blanks_to_tabs("  # a  note\na # b", '#'), "# a  note\na\t#\tb");
}

}  // namespace
}  // namespace millrace
