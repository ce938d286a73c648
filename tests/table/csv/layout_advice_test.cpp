// SPDX-License-Identifier: Apache-2.0
//
// Files whose rows, header lines and delimiters are not what the reader takes them for: what is said, and that it works.
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <string>

#include "millrace/table.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

class LayoutAdvice : public testing::Test {
 protected:
  // The error of reading the text, or all obstacles.
  std::string said_of(std::string_view text, const TableOptions& options = {}, const std::string& name = "t.csv") {
    std::string said;
    try {
      for (const TableColumn& column : read_table(folder_.write(name, text), options).columns) {
        for (const std::string& obstacle : column.obstacles) said += column.name + ": " + obstacle + "\n";
      }
    } catch (const Error& error) {
      said = error.what();
    }
    return said;
  }
  void says(std::string_view text, const std::string& part, const TableOptions& options = {},
            int line = __builtin_LINE()) {
    const std::string said = said_of(text, options);
    if (said.find(part) == std::string::npos) ADD_FAILURE_AT(__FILE__, line) << "no '" << part << "' in: " << said;
  }
  void is_silent(std::string_view text, const TableOptions& options = {}, int line = __builtin_LINE()) {
    const std::string said = said_of(text, options);
    if (!said.empty()) ADD_FAILURE_AT(__FILE__, line) << said;
  }
  // Runs the command that the message gives in brackets, and returns what it makes of the file.
  Table after_command(std::string_view text, const TextFormat& format, const std::string& result = "table.csv") {
    const std::string said = said_of(text);
    std::smatch found;
    if (!std::regex_search(said, found, std::regex("\\(((sed|awk) .* FILE > " + result + ")\\)"))) {
      ADD_FAILURE() << "no command in: " << said;
      return {};
    }
    const std::string command = std::regex_replace(found.str(1), std::regex("FILE"), "t.csv");
    EXPECT_EQ(std::system(("cd " + folder_.path() + " && " + command).c_str()), 0) << command;
    return read_table(folder_.file(result), {.format = format});
  }
  test::TemporaryDirectory folder_;
};

std::string repeat(const std::string& lines, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += lines;
  return text;
}

TEST_F(LayoutAdvice, ARowOfLettersIsNoHeaderLine) {
  const std::string votes = "republican,n,y,n,?\n" + repeat("democrat,y,y,n,y\nrepublican,n,n,?,n\n", 10);
  says(votes, "line 1 seems to be a row, because 'n' is also a cell of its column");
  says(votes, "--no-header", {.target = "republican"});
  says("b,x,o,b,positive\n" + repeat("x,x,o,b,positive\nb,o,x,o,negative\n", 5), "line 1 seems to be a row",
       {.target = "b"});
  says("x,?,y\n" + repeat("x,1,n\nz,2,y\nx,3,n\n", 5), "line 1 seems to be a row, because 'x'");
  // Shared names that are no cells, and a header line that is repeated.
  says("a,n,n\n" + repeat("b,x,y\nc,z,w\n", 5), "another column has the same name");
  says("a,n,n\nb,x,y\na,n,n\nc,z,w\n", "line 3 repeats the header line");
}

TEST_F(LayoutAdvice, LinesThatEndWithTwoCarriageReturns) {
  const Table table = read_table(folder_.write("t.csv", "a,y\r\r\n1,yes\r\r\n2,no\r\r\n\"3\r\r\n4\",no\r\r\n"));
  EXPECT_EQ(table.columns[1].name, "y");
  EXPECT_EQ(table.columns[1].levels, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(table.columns[0].levels, (std::vector<std::string>{"1", "2", "3\n4"}));
}

TEST_F(LayoutAdvice, PointsThatMayStandBetweenThousands) {
  const std::string towns = "town,people\na,1.234\nb,567\nc,12.500\nd,890\ne,123.456\nf,12\n";
  says(towns, "line 2 says '1.234', which is read as 1.234");
  says(towns, "it may mean 1234: --decimal ',' --thousands . reads it so");
  is_silent(towns, {.format = {.decimal = ',', .thousands = '.'}});
  is_silent("a\n1.234\n567\n12.500\n890\n123.456\n12\n0.500\n");  // less than one
  is_silent("a\n1.234\n567\n12.500\n890\n123.456\n12\n3.5\n");    // another number of digits
  is_silent("a\n1.234\n567\n12.500\n890\n123.456\n12\n1234\n");   // thousands without a mark
  is_silent("a\n1.234\n5.670\n12.500\n8.900\n123.456\n1.200\n");  // three decimals throughout
  is_silent("a\n1.234\n567\n12.500\n890\n123.456\n" + repeat("12\n", 2000) + "0.5\n");
}

TEST_F(LayoutAdvice, AColumnWithoutANameThatHoldsData) {
  const std::string data = "a,,b,\n1,0.5,2,x\n2,0.25,3,y\n3,0.5,4,x\n";
  says(data, "the header line has no names for columns 2, 4, which hold data, expected some");
  is_silent(",a\n" + repeat("0,1\n1,2\n2,3\n", 3));  // counted rows, of several files
  is_silent(",a\n17,1\n3,2\n9,3\n");                 // shuffled ones
  is_silent(",a\nx,1\ny,2\nz,3\n");                  // names of rows
  is_silent("a,\n1,\n2,\n3,\n");                     // a delimiter at the end
  EXPECT_EQ(read_table(folder_.file("t.csv")).columns.size(), 2U);
}

TEST_F(LayoutAdvice, ALineOfUnitsBelowTheNames) {
  const std::string units =
      "time,temp,wind,place\n,degC,m/s,text\n" + repeat("1,20.5,3.25,a\n2,21.5,4,b\n3,22.5,3.75,a\n4,19,5,b\n", 3);
  says(units, "line 2 says 'degC', 'm/s' in columns of numbers, expected numbers: if it holds units or descriptions");
  const Table table = after_command(units, {});
  EXPECT_EQ(table.rows, 12);
  EXPECT_EQ(table.column("temp").kind, ColumnKind::number);
  EXPECT_EQ(table.column("wind").kind, ColumnKind::number);
  // One odd cell, and two far down, are slips.
  says("a,b\nx,1\n" + repeat("1,2\n3,4\n5,6\n", 5), "--missing-marks 'x'");
  says("a,b\n" + repeat("1,2\n3,4\n5,6\n", 5) + "x,y\n1,2\n", "--missing-marks 'x'");
}

TEST_F(LayoutAdvice, ClassesOfOneRowAreOneObstacle) {
  const std::string text = "a,y\n1,k\n2,l\n3,m\n" + repeat("1,x\n2,z\n", 5);
  const std::vector<ColumnReport> found = describe(read_table(folder_.write("t.csv", text), {.target = "y"}));
  ASSERT_EQ(found[1].obstacles.size(), 1U);
  EXPECT_EQ(found[1].obstacles[0].find("classes 'k', 'l', 'm' have a single row each, expected two or more"), 0U);
}

TEST_F(LayoutAdvice, TitlesAheadOfTheHeaderLine) {
  says("day;temp\n1;2,5\n2;3,5\n", "(--delimiter ';')");
  says("Report of sales\nid;price;ok\n1;72,5;yes\n2;3,5;no\n", "(--skip-lines 1 --delimiter ';')");
  says(
      "\"Data Source\",\"World Indicators\",\n\n\"Updated\",\"2023-01-01\",\n\n"
      "\"Country\",\"Code\",\"2019\",\"2020\",\"2021\",\n\"Aruba\",\"ABW\",\"1\",\"2\",\"3\",\n\"Chad\",\"TCD\",\"\","
      "\"2\",\"3\",\n",
      "(--skip-lines 4)", {.target = "2020"});
  says("|1x3 Cross validator\n25, Private, 7\n38, State, 9\n", "(--skip-lines 1)", {.target = "y"});
  // Rows with too many cells are no header lines.
  EXPECT_EQ(said_of("a,b\n7,2,3,4\n7,2,3,4\n").find("--skip-lines"), std::string::npos);
}

TEST_F(LayoutAdvice, Delimiters) {
  says("18.0   8   307.0\t\"chevrolet malibu\"\n15.0   8   350.0\t\"buick skylark\"\n", "(--delimiter blanks)",
       {.target = "x"});
  says("\"a\" \"b\"\n\"1\" 1 2\n\"2\" 3 4\n", "(--delimiter blanks)");
  says("a^b\n1^2\n", "(--delimiter '^')");
  says("a~b\n1~2\n", "(--delimiter '~')");
  says("a:b\n1:2\n", "(--delimiter ':')");
  says(
      "a\x01"
      "b\n1\x01"
      "2\n",
      "(tr '\\001' '\\t' < FILE > table.tsv)");
  says("a|b\n1|2\n", "(--delimiter '|')");
  const Table stars = after_command("user::movie::stars\n1::2::3\n4::5::6\n", {}, "table.tsv");
  EXPECT_EQ(stars.columns.size(), 3U);
  EXPECT_EQ(after_command("a||b\n1||2\n3||4\n", {}, "table.tsv").columns.size(), 2U);
}

TEST_F(LayoutAdvice, WhatPandasShows) {
  says("      x  y\n0     1  2\n1     3  4\n2     5  6\n\n[3 rows x 2 columns]\n", "--skip-footer 1",
       {.format = {.delimiter = TextFormat::blanks}});
}

TEST_F(LayoutAdvice, TablesThatAreDrawn) {
  const TextFormat bars{.delimiter = '|'};
  const Table markdown = after_command("| x | y |\n|---|:--:|\n| 1 | a |\n| 2 | b |\n", bars);
  EXPECT_EQ(markdown.rows, 2);
  EXPECT_EQ(markdown.columns.size(), 2U);
  const Table mysql = after_command("+---+---+\n| x | y |\n+---+---+\n| 1 | a |\n| 2 | b |\n+---+---+\n", bars);
  EXPECT_EQ(mysql.rows, 2);
  EXPECT_EQ(mysql.column("x").kind, ColumnKind::number);
  const Table psql = after_command(" x | y \n---+---\n 1 | a\n 2 | b\n(2 rows)\n\n", bars);
  EXPECT_EQ(psql.rows, 2);
  EXPECT_EQ(psql.column("x").kind, ColumnKind::number);
  EXPECT_EQ(after_command("id,amount\n--,------\n1,2\n3,4\n", {}).rows, 2);
  says("-- MySQL dump 10.13\n--\nCREATE TABLE t (a int);\n", "is a dump in SQL");
  says("CREATE TABLE t (a float, y text);\nINSERT INTO t VALUES (1,'yes');\n", "sqlite3 -csv -header DATABASE");
  says("HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000", "a SAS transport file");
  says("RDX3\nX", "load(FILE)");
  is_silent("a,b\n-,-\n1,2\n");
}

TEST_F(LayoutAdvice, EscapedQuotes) {
  const std::string text =
      "id,text,y\n1,\"he said \\\"hi\\\" no\",2\n2,\"he said \\\"no\\\"\",3\n3,\"so \\\"it\\\"\",4\n";
  says(text, "line 2, column 'text': there is text after the closing quote of 'he said \\'");
  EXPECT_EQ(after_command(text, {}).column("text").levels[0], "he said \"hi\" no");
}

TEST_F(LayoutAdvice, NumbersInAnotherForm) {
  says("a,b\n1,29_803\n2,1_234\n3,56_700\n", "--thousands _, which reads it as a number");
  std::string prices = "price;n\nk.A.;1\n";
  for (int i = 0; i < 20; ++i) prices += std::to_string(70 + i) + ",5;" + std::to_string(i) + "\n";
  says(prices, "line 3 says '70,5', expected numbers without marks, or --decimal ','", {.format = {.delimiter = ';'}});
  // A level that could be a number among others is none.
  EXPECT_EQ(said_of("a;n\nsmall;1\n1,5;2\nlarge;3\nmedium;4\n", {.format = {.delimiter = ';'}}), "");
  // The first place of several cells that are no UTF-8.
  says("a,b\nz\xE4,1\nb\xE4,2\n", "2 cells, the first in line 2");
}

}  // namespace
}  // namespace millrace
