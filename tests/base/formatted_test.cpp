// SPDX-License-Identifier: Apache-2.0
#include "base/formatted.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Formatted, IsANumberAsPrintfWritesIt) {
  EXPECT_EQ(formatted("%.2f ms", 1.5), "1.50 ms");
  EXPECT_EQ(formatted("%.0f", -3.0), "-3");
}

TEST(Counted, OneIsSingular) {
  EXPECT_EQ(counted(0, "epoch"), "0 epochs");
  EXPECT_EQ(counted(1, "epoch"), "1 epoch");
  EXPECT_EQ(counted(12, "epoch"), "12 epochs");
  EXPECT_EQ(counted(1, "class", "classes"), "1 class");
  EXPECT_EQ(counted(2, "class", "classes"), "2 classes");
}

}  // namespace
}  // namespace millrace
