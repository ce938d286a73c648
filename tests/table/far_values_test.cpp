// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "millrace/data_notes.hpp"
#include "millrace/table_builder.hpp"

namespace millrace {
namespace {

Table table_of(const std::vector<double>& values) {
  return TableBuilder().numbers("x", values).numbers("plain", std::vector<double>(values.size(), 0.5)).finish();
}

// The sentences about a column x of a table, and about it as features.
std::vector<std::string> of_table(const std::vector<double>& values) {
  std::vector<std::string> texts;
  for (const FarValue& far : far_values(table_of(values), {"x", "plain"})) texts.push_back(far.text);
  return texts;
}
std::vector<std::string> of_features(const std::vector<float>& values, const std::vector<std::string>& names = {}) {
  Dataset data = Dataset::view(values, 1);
  data.feature_names = names;
  std::vector<std::string> texts;
  for (const FarValue& far : far_values(data)) texts.push_back(far.text);
  return texts;
}

using Texts = std::vector<std::string>;

TEST(FarValues, NamesANumberThatIsOftenAMark) {
  EXPECT_EQ(of_table({0, 1, -9999, 0.5, -9999}),
            Texts{"column 'x': 2 values are -9999, and all others are from 0 to 1"});
  EXPECT_EQ(of_features({0, 1, -9999, 0.5, -9999}),
            Texts{"column 1: 2 values are -9999, and all others are from 0 to 1"});
  EXPECT_EQ(of_features({0, 1, 999, 0.5}, {"age"}),
            Texts{"column 'age': 1 value is 999, and all others are from 0 to 1"});
  const auto found = far_values(table_of({1, 2, -999, 3}), {"x"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].value, "-999");
}

TEST(FarValues, NumbersNearTheEndsOfFp32AreMarks) {
  const float least = std::numeric_limits<float>::lowest();
  EXPECT_EQ(of_features({1, 2, least, 3}).size(), 1U);
}

TEST(FarValues, AMarkAmongNumbersOfItsSizeIsNone) {
  EXPECT_TRUE(of_table({0, 500, 999, 200}).empty());
  EXPECT_TRUE(of_features({0, 500, 999, 200}).empty());
  EXPECT_TRUE(of_features({-9999, -9999, -9999, 0.5, 1}).empty()) << "more than half of the cells";
}

// A pixel is 0 in most images.
TEST(FarValues, AnyOtherNumberIsFarInTablesOnly) {
  std::vector<double> values(20, 0);
  values[3] = 1;
  values[7] = 255;
  EXPECT_EQ(of_table(values), Texts{"column 'x': 1 value is 255, and all others are from 0 to 1"});
  EXPECT_TRUE(of_features({values.begin(), values.end()}).empty());
}

TEST(FarValues, NamesColumnsThatFp32CannotComputeWith) {
  EXPECT_EQ(
      of_table({1e38, -2e38, 3e37}),
      Texts{"column 'x': values such as -2e+38 are too large to compute with in fp32, expected at most 1e37: divide "
            "the column by a power of ten"});
  EXPECT_EQ(of_features({1e38F, -2e38F, 3e37F}).size(), 1U);
  EXPECT_EQ(
      of_table({1e-40, -2e-38, 0}),
      Texts{"column 'x': all values are below 1e-35 in size, which fp32 takes for 0: multiply the column by a power "
            "of ten"});
  EXPECT_TRUE(of_table({1e36, -1e36, 5e35}).empty());
  EXPECT_TRUE(of_table({0, 0, 0}).empty());
  EXPECT_TRUE(of_table({1e-40, 1e-30, 0}).empty());
}

TEST(FarValues, MissingCellsDoNotCount) {
  const double missing = std::nan("");
  EXPECT_EQ(of_table({0, missing, -9999, 1, missing}),
            Texts{"column 'x': 1 value is -9999, and all others are from 0 to 1"});
  EXPECT_TRUE(of_table({missing, missing}).empty());
  EXPECT_TRUE(far_values(Dataset()).empty());
}

// Of more cells than are looked at, a mark in a part of the rows is found, and all rows are counted.
TEST(FarValues, FindsAMarkInManyRows) {
  constexpr std::int64_t rows = 3'000'000;
  std::vector<float> values(2 * rows);
  for (std::int64_t r = 0; r < rows; ++r) values[2 * r + 1] = r % 10 == 0 ? -9999.0F : static_cast<float>(r % 7);
  const std::vector<FarValue> found = far_values(Dataset::view(values, 2));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, "column 2: 300000 values are -9999, and all others are from 0 to 6");
}

}  // namespace
}  // namespace millrace
