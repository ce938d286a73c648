// SPDX-License-Identifier: Apache-2.0
#include "millrace/unread_cells.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

class UnreadCells : public testing::Test {
 protected:
  Table read(const std::string& text, const std::map<std::string, ColumnKind>& kinds) {
    unread.clear();
    return read_table(folder.write("t.csv", text), {.kinds = kinds, .unread = &unread});
  }
  test::TemporaryDirectory folder;
  std::vector<UnreadCell> unread;
};

TEST_F(UnreadCells, AreMissingAndNamedInTheOrderOfRows) {
  const Table table = read(
      "n,b,d,c\n1,yes,2024-01-01,x\nn/a,maybe,today,\"a\nb\"\ntwo,no,2024-01-02,y\n4,on,,z\n",
      {{"n", ColumnKind::number}, {"b", ColumnKind::boolean}, {"d", ColumnKind::date}, {"c", ColumnKind::category}});
  ASSERT_EQ(unread.size(), 3U);
  EXPECT_EQ(unread[0].column, "b");
  EXPECT_EQ(unread[0].place, "line 3");
  EXPECT_EQ(unread[1].problem, "'today' is not a date, expected one");
  EXPECT_EQ(unread[2].row, 2);
  EXPECT_EQ(unread[2].place, "line 5") << "a quoted line end";
  EXPECT_EQ(unread[2].text, "two");
  EXPECT_EQ(table.column("n").missing, 2);
  const auto cell = [&](std::int64_t row, const char* name) { return table.values.row(row)[table.column(name).place]; };
  EXPECT_TRUE(cell(0, "n") == 1 && std::isnan(cell(1, "n")) && std::isnan(cell(2, "n")) && cell(3, "n") == 4);
  EXPECT_TRUE(cell(0, "b") == 1 && std::isnan(cell(1, "b")) && cell(2, "b") == 0 && cell(3, "b") == 1);
  EXPECT_TRUE(std::isnan(table.dates[0][1]) && std::isnan(table.dates[0][3]) && table.dates[0][2] > table.dates[0][0]);
  EXPECT_EQ(table.column("d").missing, 2);
}

TEST_F(UnreadCells, AFewOfAColumnOfNumbersAreMissingForTraining) {
  std::string text = "n,d,c,y\n";
  for (int i = 0; i < 20; ++i)
    text += (i == 3 ? "oops" : std::to_string(i)) + "," + (i == 5 ? "soon" : "2024-01-" + std::to_string(10 + i)) +
            "," + (i < 10 ? "x" : "7") + "," + (i == 4 ? "none" : std::to_string(i)) + "\n";
  const std::string path = folder.write("t.csv", text);
  const Table table = read_training_table({path}, {.target = "y"}, {"y"});
  EXPECT_EQ(table.column("n").kind, ColumnKind::number);
  EXPECT_EQ(table.column("n").missing, 1);
  ASSERT_EQ(table.column("n").obstacles.size(), 1U);
  EXPECT_EQ(table.column("n").obstacles[0],
            "1 cell is taken for missing, the first in line 5: 'oops' is not a number, expected one");
  EXPECT_EQ(table.column("d").kind, ColumnKind::date);
  EXPECT_EQ(table.column("c").kind, ColumnKind::category) << "half of the cells";
  EXPECT_EQ(table.column("y").kind, ColumnKind::label) << "the target";
  EXPECT_EQ(read_table(path, {.target = "y"}).column("n").kind, ColumnKind::category);
  // As many where the kind is asked for, and no more.
  EXPECT_EQ(read_training_table({path}, {.kinds = {{"n", ColumnKind::number}}}).column("n").missing, 1);
  test::expect_error(ErrorKind::data, {"column 'c': 'x' is not a number"}, [&] {
    return read_training_table({path}, {.kinds = {{"c", ColumnKind::number}}});
  });
  test::expect_error(ErrorKind::data, {"line 3 has 1 cell"}, [&] {
    return read_training_table({folder.write("t.csv", "n,c\n1,x\n2\n")}, {.kinds = {{"n", ColumnKind::number}}});
  });
}

TEST_F(UnreadCells, ALineOfUnitsIsNamedOnce) {
  std::string text = "n,m,c\nkg,m/s,unit\n";
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + "," + std::to_string(i % 5) + ",x\n";
  const Table table = read_training_table({folder.write("t.csv", text)}, {});
  const std::string expected =
      "1 cell is taken for missing: line 2 says 'kg', 'm/s' in columns of numbers, expected numbers: if it holds units "
      "or "
      "descriptions, take it off (sed '2d' FILE > table.csv)";
  EXPECT_EQ(table.column("n").obstacles, (std::vector<std::string>{expected}));
  EXPECT_EQ(table.column("m").obstacles, table.column("n").obstacles);
  const Table with_target = read_training_table({folder.file("t.csv")}, {.target = "m"}, {"m"});
  EXPECT_EQ(with_target.column("m").obstacles[0], expected.substr(expected.find("line 2"))) << "the target";
}

TEST_F(UnreadCells, ANumberInAnotherFormSaysWithWhichFlagsItIsRead) {
  static_cast<void>(read("n\n1\n\"1,000.5\"\n2\n", {{"n", ColumnKind::number}}));
  EXPECT_EQ(
      unread.at(0).problem,
      "'1,000.5' is not a number, expected numbers without marks, or --thousands ',', which reads it as a number");
}

TEST_F(UnreadCells, ATextInTheLastLineMayBelongToTotals) {
  const std::map<std::string, ColumnKind> kinds{{"n", ColumnKind::number}, {"m", ColumnKind::number}};
  static_cast<void>(read("n,m\n1,2\nnone,3\nTotal,1e39\n", kinds));
  ASSERT_EQ(unread.size(), 3U);
  EXPECT_EQ(unread[0].problem, "'none' is not a number, expected one");
  EXPECT_EQ(unread[1].problem,
            "'Total' is not a number, expected one: if the last line holds totals, it is no row: --skip-footer 1");
  EXPECT_EQ(unread[2].problem.find("--skip-footer"), std::string::npos) << "a number";
  unread.clear();
  static_cast<void>(read("n,m\nx,2\n", kinds));
  EXPECT_EQ(unread.at(0).problem, "'x' is not a number, expected one") << "a lone row is no total";
}

TEST_F(UnreadCells, ARecordOfAnotherLengthIsMissingAsAWhole) {
  const Table table = read("n,c\n1,x\n2\n3,y,z\n4,w\n", {{"n", ColumnKind::number}, {"c", ColumnKind::category}});
  ASSERT_EQ(unread.size(), 2U);
  EXPECT_EQ(unread[0].place, "line 3");
  EXPECT_EQ(unread[1].row, 2);
  EXPECT_EQ(unread[1].column, "");
  EXPECT_EQ(table.rows, 4);
  EXPECT_EQ(table.column("n").missing, 2);
  EXPECT_EQ(table.column("c").missing, 2);
  EXPECT_EQ(table.values.row(3)[table.column("n").place], 4);
}

TEST_F(UnreadCells, LongTablesAreReadAsShortOnes) {
  std::string text = "n,m\n";
  for (int r = 0; r < 300000; ++r) text += r % 100000 == 77777 ? "bad,2\n" : std::to_string(r) + ",1\n";
  const Table table = read(text, {{"n", ColumnKind::number}, {"m", ColumnKind::number}});
  ASSERT_EQ(unread.size(), 3U);
  EXPECT_EQ(unread[2].place, "line 277779");
  EXPECT_EQ(table.column("n").missing, 3);
}

TEST_F(UnreadCells, ATableMayHaveNoRows) {
  const Table table =
      read("n,c,d\n", {{"n", ColumnKind::number}, {"c", ColumnKind::category}, {"d", ColumnKind::date}});
  EXPECT_EQ(table.rows, 0);
  EXPECT_EQ(table.column("d").kind, ColumnKind::date);
  EXPECT_TRUE(unread.empty());
}

TEST_F(UnreadCells, AQuoteThatNeverClosesIsStillAnError) {
  test::expect_error(ErrorKind::data, {"line 2"}, [&] { return read("n,c\n1,\"x\n", {{"n", ColumnKind::number}}); });
}

}  // namespace
}  // namespace millrace
