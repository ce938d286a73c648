// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/table.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using Texts = std::vector<std::string>;

class MissingMarks : public testing::Test {
 protected:
  Table read(std::string_view text, Texts marks, TableOptions options = {}) {
    options.format.missing_marks = std::move(marks);
    return read_table(folder_.write("table.csv", text), options);
  }
  test::TemporaryDirectory folder_;
};

TEST_F(MissingMarks, MakeCellsOfEveryKindMissing) {
  const Table table = read(
      "n,t,b,d,y\n1,u,yes,2024-01-01,A\nunknown,unknown,unknown,unknown,B\n3,v,no,\"unknown\",unknown\n unknown ,v,no,"
      "2024-01-03,A\n",
      {"unknown"}, {.target = "y"});
  EXPECT_EQ(table.rows, 4);
  EXPECT_EQ(table.column("n").kind, ColumnKind::number);
  EXPECT_EQ(table.column("n").missing, 2);
  EXPECT_EQ(table.column("t").levels, (Texts{"u", "v"}));
  EXPECT_EQ(table.column("b").kind, ColumnKind::boolean);
  EXPECT_EQ(table.column("d").kind, ColumnKind::date);
  EXPECT_EQ(table.column("d").missing, 2);
  EXPECT_EQ(table.column("y").levels, (Texts{"A", "B"}));
}

TEST_F(MissingMarks, OfNumbersStandForAllThatAreEqual) {
  const Table table = read("a,b\n-999,1\n-999.0,2\n-9.99e2,3\n999,4\n-9990,5\n", {"-999", "2"});
  EXPECT_EQ(table.column("a").missing, 3);
  EXPECT_EQ(table.column("b").missing, 1);
  EXPECT_EQ(table.values.row(3)[table.column("a").place], 999);
  EXPECT_TRUE(std::isnan(table.values.row(1)[table.column("b").place]));
  const TableOptions german{.format = {.delimiter = ';', .decimal = ','}};
  EXPECT_EQ(read("a;b\n0,5;1\n0,50;2\n0,51;3\n", {"0,5"}, german).column("a").missing, 2);
}

TEST_F(MissingMarks, AreNoRowsLessInAFileOfOneColumn) {
  const Table table = read("a\n1\n-1\n2\n-1\n", {"-1"});
  EXPECT_EQ(table.rows, 4);
  EXPECT_EQ(table.column("a").missing, 2);
}

TEST_F(MissingMarks, LeaveHeaderCommentsAndPlacesAlone) {
  const TableOptions options{.format = {.comment = '#'}};
  const Table table = read("none,b\n1,2\n# none,\"none\nnone,3\n", {"none"}, options);
  EXPECT_EQ(table.column("none").missing, 1);
  EXPECT_EQ(table.rows, 2);
  expect_error(ErrorKind::data, {"line 4 has 3 cells"},
               [&] { return read("a,b\nnone,2\n\nnone,none,none\n", {"none"}); });
  expect_error(ErrorKind::data, {"line 3, column 'b': a quote opens here and never closes"},
               [&] { return read("a,b\nnone,2\nnone,\"none\n", {"none"}); });
}

TEST_F(MissingMarks, MayHaveQuotesAndHoldInAllFiles) {
  EXPECT_EQ(read("a,b\n\"say \"\"no\"\"\",1\nu,2\n", {"say \"no\""}).column("a").missing, 1);
  const Texts paths{folder_.write("1.csv", "a,b\nx,1\n2,2\n"), folder_.write("2.csv", "a,b\nx,1\n3,2\n")};
  const Table table = read_table(paths, {.format = {.missing_marks = {"x"}}});
  EXPECT_EQ(table.column("a").kind, ColumnKind::number);
  EXPECT_EQ(table.column("a").missing, 2);
}

TEST_F(MissingMarks, AreNamedWhereNumbersHaveStrayTexts) {
  const std::string text = "a,b\n1,2\nnone,3\n4,5\n";
  EXPECT_NE(read(text, {}).column("a").obstacles.at(0).find("--missing-marks 'none' takes the cell for missing"),
            std::string::npos);
  EXPECT_TRUE(read(text, {"none"}).column("a").obstacles.empty());
}

TEST_F(MissingMarks, AreNotEmpty) {
  expect_error(ErrorKind::usage, {"a mark of missing values is empty"}, [&] { return read("a\n1\n", {""}); });
}

}  // namespace
}  // namespace millrace
