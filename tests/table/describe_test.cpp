// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "millrace/table.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using Texts = std::vector<std::string>;

std::vector<ColumnReport> reports(std::string_view text, const TableOptions& options = {}) {
  const test::TemporaryDirectory folder;
  return describe(read_table(folder.write("table.csv", text), options));
}

TEST(Describe, CountsAndBounds) {
  const auto found = reports(
      "n,c,b,d,x\n3,u,yes,2024-01-02,1\n,v,no,NA,1\n-1.5,u,,2024-01-01,2\n3,u,yes,2024-01-01,3\n", {.ignore = {"x"}});
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].name, "n");
  EXPECT_EQ(found[0].missing, 1);
  EXPECT_EQ(found[0].distinct, 2);
  EXPECT_EQ(found[0].least, -1.5);
  EXPECT_EQ(found[0].most, 3);
  EXPECT_EQ(found[1].distinct, 2);
  EXPECT_EQ(found[1].examples, (Texts{"u", "v"}));
  EXPECT_EQ(found[2].examples, (Texts{"yes", "no"}));
  EXPECT_EQ(found[2].missing, 1);
  EXPECT_EQ(found[3].least, 1704067200);
  EXPECT_EQ(found[3].most, 1704153600);
  EXPECT_EQ(found[3].distinct, 2);
  EXPECT_EQ(found[4].kind, ColumnKind::ignored);
  EXPECT_EQ(found[4].distinct, 0);
}

TEST(Describe, GivesTheFiveMostFrequentLevels) {
  std::string text = "c\n";
  for (const std::string cell : {"f", "e", "d", "c", "b", "a", "f", "c", "c"}) text += cell + "\n";
  EXPECT_EQ(reports(text)[0].examples, (Texts{"c", "f", "a", "b", "d"}));
}

TEST(Describe, NamesConstantsAndClassesOfOneRow) {
  const auto found = reports("k,m,y\n1,u,a\n1,,a\n1,u,b\n", {.target = "y"});
  EXPECT_EQ(found[0].obstacles, Texts{"every row has the same value: ignore the column"});
  EXPECT_EQ(found[1].obstacles, Texts{}) << "some are missing, which may tell something";
  ASSERT_EQ(found[2].obstacles.size(), 1U);
  EXPECT_NE(found[2].obstacles[0].find("class 'b' has a single row"), std::string::npos);
}

}  // namespace
}  // namespace millrace
