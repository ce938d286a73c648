// SPDX-License-Identifier: Apache-2.0
#include "table/class_names.hpp"

#include <gtest/gtest.h>

namespace millrace::test {
namespace {

TEST(ClassNames, TakeTheTextItselfFirst) {
  const std::vector<std::string> classes = {"1.0", "1", "yes", "Yes", " a", "a"};
  const ClassNames names(classes);
  for (std::size_t i = 0; i < classes.size(); ++i) EXPECT_EQ(names.index(classes[i]), i);
}

TEST(ClassNames, TakeEqualNumbersTextsWithBlanksAndBooleans) {
  const std::vector<std::string> classes = {"1", "1.0", "-2", "low", "no", "yes", "False"};
  const ClassNames names(classes);
  EXPECT_EQ(names.index("01"), 0);  // the first of two equal ones
  EXPECT_EQ(names.index("-2.0"), 2);
  EXPECT_EQ(names.index(" low\t"), 3);
  EXPECT_EQ(names.index("YES"), 5);
  EXPECT_EQ(names.index("FALSE"), 6);
  EXPECT_EQ(names.index_of_same("YES"), -1);
}

TEST(ClassNames, KnowNoOtherTexts) {
  const std::vector<std::string> classes = {"1", "low", "yes", "nan"};
  const ClassNames names(classes);
  for (const char* text : {"2", "Low", "true", "no", "", "NaN"}) EXPECT_EQ(names.index(text), -1) << text;
}

}  // namespace
}  // namespace millrace::test
