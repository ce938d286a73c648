// SPDX-License-Identifier: Apache-2.0
//
// Columns that fp32 would make one number of.
#include <gtest/gtest.h>

#include <string>

#include "millrace/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

using test::expect_error;

class CsvPrecision : public testing::Test {
 protected:
  /// a,t,y with 20 rows: t is first + step * row.
  [[nodiscard]] static std::string table(std::int64_t first, std::int64_t step) {
    std::string text = "a,t,y\n";
    for (std::int64_t r = 0; r < 20; ++r)
      text += std::to_string(r) + "," + std::to_string(first + step * r) + "," + std::to_string(r % 2) + "\n";
    return text;
  }
  [[nodiscard]] Dataset read(const std::string& text, const CsvOptions& options) const {
    return read_csv(folder_.write("table.csv", text), options);
  }
  test::TemporaryDirectory folder_;
};

TEST_F(CsvPrecision, SecondsSince1970AreRefused) {
  const std::string text = table(1700000001, 1);
  expect_error(ErrorKind::data,
               {"[csv]", "table.csv: column 't' has values from 1700000001 to 1700000020",
                "which fp32 cannot tell apart, expected smaller numbers: subtract an offset"},
               [&] { return read(text, {.target = {"y"}}); });
  // As targets too, one or several; as features of rows to predict they are what they are.
  for (const CsvOptions& options : {CsvOptions{.target = {"t"}}, CsvOptions{.target = {"y", "t"}}})
    expect_error(ErrorKind::data, {"column 't' has values"}, [&] { return read(text, options); });
  EXPECT_EQ(read(text, {.check_precision = false}).rows(), 20);
  EXPECT_EQ(read(text, {.target = {"y"}, .ignore = {"t"}}).rows(), 20);
  EXPECT_EQ(read(text, {.target = {"y"}, .features = {"a"}, .weight = "t"}).rows(), 20);
  expect_error(ErrorKind::data, {"column 't' has values from -1700000020 to -1700000001"},
               [&] { return read(table(-1700000001, -1), {.target = {"y"}}); });
}

TEST_F(CsvPrecision, OnlyWhereTheyAllLieTogether) {
  EXPECT_EQ(read(table(1700000000, 3600), {.target = {"y"}}).rows(), 20);
  EXPECT_EQ(read(table(1700000001, 0), {.target = {"y"}}).rows(), 20);  // a constant is what it was written as
  EXPECT_EQ(read(table(0, 0), {.target = {"y"}}).rows(), 20);
  EXPECT_EQ(read(table(16777200, 1), {.target = {"y"}, .check_precision = false}).rows(), 20);
  // Two that differ, in the middle of the table, do not save the rest; a zero among them does: they differ from it.
  expect_error(ErrorKind::data, {"column 't' has values from 100000000 to 100000001"},
               [&] { return read("a,t\n1,100000000\n2,100000001\n3,100000000\n", {.target = {"a"}}); });
  EXPECT_EQ(read("a,t\n1,100000000\n2,100000001\n3,0\n", {.target = {"a"}}).rows(), 3);
  EXPECT_EQ(read("a,t\n1,0\n2,100000000\n3,100000001\n", {.target = {"a"}}).rows(), 3);
  EXPECT_EQ(read("a,t\n1,1.00\n2,1.0\n3,+1\n4,\"1\"\n", {.target = {"a"}}).rows(), 4);
  expect_error(ErrorKind::data, {"column 't' has values from 1 to 1.0000000001"},
               [&] { return read("a,t\n1,1\n2,\"1.0000000001\"\n\n3, 1\n", {.target = {"a"}}); });
}

TEST_F(CsvPrecision, ClassesAreNames) {
  EXPECT_EQ(read("a,id\n1,1700000000\n2,1700000001\n", {.target = {"id"}, .classes = {"1700000000", "1700000001"}})
                .classes.size(),
            2U);
}

}  // namespace
}  // namespace millrace
