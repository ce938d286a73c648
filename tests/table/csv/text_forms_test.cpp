// SPDX-License-Identifier: Apache-2.0
//
// Text files as people have them: what both read_csv and read_table make of them.
#include <gtest/gtest.h>

#include <algorithm>

#include "millrace/table.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/tables.hpp"
#include "table/text/packed.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::features_of;
using Numbers = test::Table;
using Names = std::vector<std::string>;

class TextForms : public testing::Test {
 protected:
  std::string write(std::string_view text, const std::string& name = "t.csv") { return folder_.write(name, text); }

  // Both readers see the same columns and numbers.
  void reads(const std::string& path, const TextFormat& format, const Names& names, const Numbers& numbers,
             int line = __builtin_LINE()) {
    const testing::ScopedTrace trace(__FILE__, line, path);
    const Dataset data = read_csv(path, {.format = format});
    EXPECT_EQ(data.feature_names, names);
    EXPECT_EQ(features_of(data), numbers);
    const millrace::Table table = read_table(path, {.format = format});
    ASSERT_EQ(table.rows, std::ssize(numbers));
    for (std::size_t column = 0; column < names.size(); ++column) {
      const TableColumn& found = table.column(names[column]);
      EXPECT_EQ(found.kind, ColumnKind::number);
      for (std::int64_t row = 0; row < table.rows; ++row)
        EXPECT_EQ(table.values.row(row)[found.place], numbers[row][column]);
    }
  }
  void both_refuse(const std::string& path, const TextFormat& format, ErrorKind kind,
                   std::initializer_list<std::string> parts, int line = __builtin_LINE()) {
    expect_error(
        kind, parts, [&] { return read_csv(path, {.format = format}); }, __FILE__, line);
    expect_error(
        kind, parts, [&] { return read_table(path, {.format = format}); }, __FILE__, line);
  }
  test::TemporaryDirectory folder_;
};

const Numbers square = {{1, 2}, {3, 4}};

TEST_F(TextForms, ADelimiterAtTheEndOfTheRows) {
  reads(write("a;b;\n1;2;\n3;4;\n"), {.delimiter = ';'}, {"a", "b"}, square);
  reads(write("a;b\n1;2;\n3;4;\n"), {.delimiter = ';'}, {"a", "b"}, square);
  reads(write("a;b;\n1;2\n3;4\n"), {.delimiter = ';'}, {"a", "b"}, square);
  reads(write("1;2;\n3;4;\n"), {.delimiter = ';', .header = false}, {"1", "2"}, square);
  reads(write("a\n1,\n2,\n"), {}, {"a"}, {{1}, {2}});
  both_refuse(write("a,b\n1,2,\n3,4\n"), {}, ErrorKind::data,
              {"t.csv line 3 has 2 cells, expected 3, the last of them empty, as in the first row"});
  both_refuse(write("a,b\n1,2,\"\"\n"), {}, ErrorKind::data, {"line 2 has 3 cells, expected 2"});
}

TEST_F(TextForms, SeveralBlanksBetweenCells) {
  const TextFormat blanks{.delimiter = TextFormat::blanks};
  reads(write("  a      b\n  1.0    2\n 3\t  4  \r\n"), blanks, {"a", "b"}, square);
  reads(write("\"a c\"  b\n\n1 2\n3 4"), blanks, {"a c", "b"}, square);
  both_refuse(write("a  b\n1 2\n3 \n"), blanks, ErrorKind::data, {"t.csv line 3 has 1 cell, expected 2"});
  expect_error(ErrorKind::usage, {"do blanks separate the cells? (--delimiter blanks)"},
               [&] { return read_csv(write("a   b\n1   2\n"), {.target = {"b"}}); });
}

TEST_F(TextForms, LinesOfComment) {
  const TextFormat hashes{.comment = '#'};
  reads(write("# made by \"us\n#\na,b\n# more, \"quotes\n1,2\n  # blanks ahead\n3,4\n#"), hashes, {"a", "b"}, square);
  reads(write("#x\n1,2\n#y\n3,4\n"), {.header = false, .comment = '#'}, {"1", "2"}, square);
  reads(write("a\n1\n#\n2\n#\n"), hashes, {"a"}, {{1}, {2}});
  reads(write("% a note\n a  b \n1 2\n% another  one\n3 4"), {.delimiter = TextFormat::blanks, .comment = '%'},
        {"a", "b"}, square);
  both_refuse(write("#c\na,b\n#c\n1,2\n3\n"), hashes, ErrorKind::data, {"t.csv line 5 has 1 cell"});
  expect_error(ErrorKind::data, {"'2 # note' is not a number"},
               [&] { return read_csv(write("a,b\n1,2 # note\n"), {.format = hashes}); });
  both_refuse(write("# by us\na,b\n1,2\n"), {}, ErrorKind::data,
              {"line 2 has 2 cells, expected 1", "is line 1 a comment? (--comment '#')"});
  both_refuse(write("a,b\n1,2\n% end\n"), {}, ErrorKind::data,
              {"line 3 has 1 cell", "is line 3 a comment? (--comment '%')"});
  for (const char bad : {',', '"', '1', 'x', ' ', '\n', '-'})
    both_refuse(write("a,b\n1,2\n"), {.comment = bad}, ErrorKind::usage, {"lines of comment start with"});
}

TEST_F(TextForms, ManyCommentsBetweenManyRows) {
  std::string text = "a,b\n";
  for (int i = 0; i < 300000; ++i) text += i % 1000 == 7 ? "# \"note\n" : std::to_string(i) + ",2\n";
  const Dataset data = read_csv(write(text), {.format = {.comment = '#'}});
  ASSERT_EQ(data.rows(), 299700);
  EXPECT_EQ(*data.features.row(299699), 299999);
  EXPECT_EQ(*data.features.row(7), 8);
}

TEST_F(TextForms, OtherEncodings) {
  reads(write("gr\xF6\xDF"
              "e,b\n1,2\n3,4\n"),
        {.encoding = "latin1"},
        {"gr\xC3\xB6\xC3\x9F"
         "e",
         "b"},
        square);
  const std::string utf16(
      "\xFF\xFE"
      "a\0,\0b\0\n\0\x31\0,\0\x32\0\n\0\x33\0,\0\x34\0",
      24);
  reads(write(utf16), {}, {"a", "b"}, square);
  both_refuse(write("gr\xF6\xDF"
                    "e,b\n1,2\n"),
              {}, ErrorKind::data, {"line 1, column 1 of the header: the text is not UTF-8", "--encoding latin1"});
  both_refuse(write("a,b\n1,2\n"), {.encoding = "klingon"}, ErrorKind::usage, {"the encoding is 'klingon'"});
}

TEST_F(TextForms, CompressedText) {
  reads(write(test::gzipped("a,b\n1,2\n3,4\n"), "t.csv.gz"), {}, {"a", "b"}, square);
  reads(write(test::zstd_packed("a,b\n1,2\n3,4\n"), "t.csv"), {}, {"a", "b"}, square);
  reads(write(test::gzipped("a\tb\n1\t2\n3\t4\n"), "t.tsv.gz"), {}, {"a", "b"}, square);
  reads(write("a,b\n1,2\n3,4\n", "plain.csv.gz"), {}, {"a", "b"}, square);
  both_refuse(write(test::gzipped("a,b\n1,2\n").substr(0, 15)), {}, ErrorKind::data, {"t.csv is gzip data that ends"});
  both_refuse(write(test::gzipped("a,b\n1,x,3\n")), {}, ErrorKind::data, {"t.csv line 2 has 3 cells"});
}

TEST_F(TextForms, NumbersWithOtherMarks) {
  reads(write("a;b\n1,5;1.000\n-2,25;3.000.000\n"), {.delimiter = ';', .decimal = ',', .thousands = '.'}, {"a", "b"},
        {{1.5F, 1000}, {-2.25F, 3000000}});
  reads(write("a,b\n\"1,234.5\",81.5%\n2,-3 %\n"), {.thousands = ',', .percent = true}, {"a", "b"},
        {{1234.5F, 0.815F}, {2, -0.03F}});
  reads(write("a,b\n$5,€ 2\n-$7.5,3 €\n"), {.currency = true}, {"a", "b"}, {{5, 2}, {-7.5F, 3}});
  reads(write("a,b\n₹5,12 USD\n-₹1,USD 3\n"), {.currency = true}, {"a", "b"}, {{5, 12}, {-1, 3}});
  reads(write("a,b\n\"1,23,456\",\"12,34,567.5\"\n"), {.thousands = ','}, {"a", "b"}, {{123456, 1234567.5F}});
  reads(write("a b\n1,5 2\n"), {.delimiter = TextFormat::blanks, .decimal = ','}, {"a", "b"}, {{1.5F, 2}});
  const std::string path = write("a,b\n1,2\n");
  both_refuse(path, {.decimal = ';'}, ErrorKind::usage, {"the decimal point is ';'", "expected a point or a comma"});
  both_refuse(path, {.decimal = ',', .thousands = ','}, ErrorKind::usage, {"expected a point or a comma"});
  both_refuse(path, {.thousands = '5'}, ErrorKind::usage, {"the mark between thousands '5'"});
}

TEST_F(TextForms, AmountsOfSeveralCurrenciesAreRefused) {
  const std::string path = write("a,b\n$1,€5\n-$2,3\n$3,€4\n€4,€1\n");
  expect_error(ErrorKind::data,
               {"t.csv line 5, column 'a' says '€4', and cells above it have '$'", "or ignore the column"},
               [&] { return read_table(path, {.format = {.currency = true}}); });
  EXPECT_EQ(read_table(path, {.ignore = {"a"}, .format = {.currency = true}}).column("b").kind, ColumnKind::number);
}

TEST_F(TextForms, TargetsWithOtherMarks) {
  const CsvOptions german{.target = {"y"}, .format = {.delimiter = ';', .decimal = ','}};
  const Dataset data = read_csv(write("a;y\n1;2,5\n2;3,5\n"), german);
  EXPECT_EQ(test::targets_of(data), (std::vector<float>{2.5F, 3.5F}));
  EXPECT_TRUE(data.classes.empty());
  const Dataset classes =
      read_csv(write("a;y\n1;1,0\n2;2\n"), {.target = {"y"}, .classes = {"2", "1"}, .format = german.format});
  EXPECT_EQ(test::targets_of(classes), (std::vector<float>{1, 0}));
  expect_error(ErrorKind::data, {"column 'a' has values from 1700000000,0 to 1700000019,5"},
               [&] { return read_csv(write("a;y\n1700000000,0;1\n1700000019,5;2\n"), german); });
}

// Without the flag these are sixty texts, and a network that is trained on them learns sixty classes.
TEST_F(TextForms, TargetsThatNeedAFlagNameIt) {
  struct Case {
    std::string before, after, flags;
    TextFormat format;
  };
  for (const Case& form :
       {Case{"\"9,1", ".77\"", "--thousands ','", {.thousands = ','}}, Case{"", ".5%", "--percent", {.percent = true}},
        Case{"\"1,23,4", "\"", "--thousands ','", {.thousands = ','}},
        Case{"$8", ".77", "--currency", {.currency = true}}, Case{"INR 8", "", "--currency", {.currency = true}}}) {
    std::string text = "x,y\n";
    for (int i = 10; i < 70; ++i) text += "1," + form.before + std::to_string(i) + form.after + "\n";
    const std::string path = write(text);
    expect_error(ErrorKind::data, {"t.csv line 2, column 'y'", "expected numbers without marks, or " + form.flags},
                 [&] { return read_csv(path, {.target = {"y"}}); });
    const millrace::Table table = read_table(path, {.target = "y"});
    ASSERT_FALSE(table.column("y").obstacles.empty());
    EXPECT_NE(table.column("y").obstacles[0].find("line 2 says"), std::string::npos);
    EXPECT_NE(table.column("y").obstacles[0].find(form.flags), std::string::npos) << table.column("y").obstacles[0];
    EXPECT_TRUE(read_csv(path, {.target = {"y"}, .format = form.format}).classes.empty());
    EXPECT_EQ(read_table(path, {.target = "y", .format = form.format}).column("y").kind, ColumnKind::number);
  }
}

// Excel writes one column by hand with commas and computes another one with points, say.
TEST_F(TextForms, DecimalPointsBesideDecimalCommas) {
  const TextFormat comma{.delimiter = ';', .decimal = ','};
  reads(write("a;b\n-0.48;3,72\n12.5;1e2\n1.2345;7\n"), comma, {"a", "b"},
        {{-0.48F, 3.72F}, {12.5F, 100}, {1.2345F, 7}});
  const std::string open = write("a;b\n1.234;3,72\n", "open.csv");
  expect_error(ErrorKind::data,
               {"line 2, column 'a': '1.234' is not a number", "--thousands . too, which reads it as 1234",
                "or no --decimal ',', which reads it as 1.234"},
               [&] { return read_csv(open, {.format = comma}); });
  const millrace::Table table = read_table(open, {.format = comma});
  EXPECT_NE(table.column("a").obstacles.at(0).find("--thousands . too, which reads it as 1234"), std::string::npos);
  const millrace::Table points = read_table(write("a;b\n1.234;1\n0.5;2\n"), {.format = comma});
  EXPECT_EQ(points.column("a").obstacles.at(0),
            "line 2 says '1.234', expected numbers without marks, or no --decimal ',', which reads it as 1.234")
      << "0.5 has no mark between thousands";
  EXPECT_EQ(read_table(open, {.format = {.delimiter = ';', .decimal = ',', .thousands = '.'}}).values.row(0)[0], 1234);
}

// Lines are counted through line ends in quotes, and cells have them as they stand in the file.
TEST_F(TextForms, QuotedLineEnds) {
  const millrace::Table table = read_table(write("\"a\nb\",c\n\"x\ny\",1\n\"x\r\ny\",2\n\"x\ny\",3\n"));
  EXPECT_EQ(table.column("a\nb").levels, (Names{"x\ny", "x\r\ny"}));
  expect_error(ErrorKind::data, {"t.csv line 4 has 1 cell"}, [&] { return read_table(write("a,c\n\"x\ny\",1\nz\n")); });
}

TEST_F(TextForms, SeveralFilesAreOneTable) {
  const std::string first = folder_.write("part-1.csv", "a,b\n1,2"),
                    second = folder_.write("part-2.csv", "a,b\n3,4\n\n");
  folder_.write("part-3.csv", "a,b\n");
  reads(folder_.file("part-*.csv"), {}, {"a", "b"}, square);
  EXPECT_EQ(read_csv(folder_.file("part-*.csv")).source, first + " and 2 more");
  EXPECT_EQ(features_of(read_csv(std::vector{second, first})), (Numbers{{3, 4}, {1, 2}}));
  EXPECT_EQ(read_table(std::vector{second, first, second}).rows, 3);
  expect_error(ErrorKind::usage, {"no file is named"}, [] { return read_csv(Names{}); });
  expect_error(ErrorKind::data, {"there is no file", "absent.csv"}, [&] {
    return read_csv(std::vector{first, folder_.file("absent.csv")});
  });
}

TEST_F(TextForms, SeveralFilesOfDifferentForms) {
  folder_.write("part-1.csv",
                "\xEF\xBB\xBF"
                "a;b;\r\n1;2;\r\n");
  folder_.write("part-2.csv.gz", test::gzipped("a;b\n3;4\n5;6;\n"));
  expect_error(ErrorKind::data, {"part-2.csv.gz has 2 columns, expected 3 as in", "part-1.csv"},
               [&] { return read_csv(folder_.file("part-*"), {.format = {.delimiter = ';'}}); });
  folder_.write("part-2.csv.gz", test::gzipped("a;b\n3;4;\n"));
  reads(folder_.file("part-*"), {.delimiter = ';'}, {"a", "b"}, square);
}

TEST_F(TextForms, MessagesNameTheFileOfSeveral) {
  folder_.write("part-1.csv", "a,b\n1,2\n");
  folder_.write("part-2.csv", "# a note\na,b\n\n3,x\n");
  const std::string all = folder_.file("part-*.csv");
  expect_error(ErrorKind::data, {"[csv] " + folder_.file("part-2.csv") + " line 4, column 'b': 'x' is not a number"},
               [&] { return read_csv(all, {.format = {.comment = '#'}}); });
  folder_.write("part-2.csv", "a,c\n3,4\n");
  both_refuse(all, {}, ErrorKind::data,
              {"part-2.csv has 'c' as column 2, expected 'b' as in", "part-1.csv", "the same order"});
  folder_.write("part-2.csv", "a,b,c\n3,4,5\n");
  both_refuse(all, {}, ErrorKind::data, {"part-2.csv has 3 columns, expected 2"});
  folder_.write("part-2.csv", "sep=;\na;b\n3;4\n");
  both_refuse(all, {}, ErrorKind::data, {"part-2.csv has cells between ';', expected ','"});
  folder_.write("part-2.csv", "");
  both_refuse(all, {}, ErrorKind::data, {"part-2.csv is empty"});
}

// A first row that is taken for the header line is a row less to train on.
TEST_F(TextForms, AHeaderLineThatIsARow) {
  for (const char* const row : {"5,3,0", "0.5,1.5,2", "1,1,1", "-1,0.5,3", "5.1,3.5,setosa", "7,2,x"})
    both_refuse(write(std::string(row) + "\n1,2,3\n"), {}, ErrorKind::data,
                {"t.csv line 1 holds numbers", "--no-header", "give them a letter"});
  for (const char* const names : {"0,1,2", "1990,1991,1992", "10,20,30", "1000.5,1001.25,y", ",0,1", "id,7,x"})
    EXPECT_NO_THROW(static_cast<void>(read_csv(write(std::string(names) + "\n1,2,3\n")))) << names;
}

// Its numbers grow, as names may, but its texts are cells of their columns.
TEST_F(TextForms, AHeaderLineWhoseTextsAreCells) {
  for (const char* const rows :
       {"39,State-gov,77516,<=50K\n50,State-gov,73311,>50K\n38,Private,215646,<=50K\n", "p,x,s\ne,x,y\np,b,s\np,x,f\n"})
    expect_error(ErrorKind::data, {"t.csv line 1 seems to be a row", "is also a cell of its column", "--no-header"},
                 [&] { return read_table(write(rows)); });
  expect_error(ErrorKind::data, {"t.csv line 1 seems to be a row", "--no-header"}, [&] {
    return read_table(
        write("1,red,22,no\n2,blue,25,yes\n3,red,20,no\n4,blue,22,no\n"));  // the names count the rows, too
  });
  expect_error(ErrorKind::data, {"t.csv line 1 seems to be a row"},
               [&] { return read_table(write("7,red\n1.25,blue\n5,red\n")); });  // more than all others
  EXPECT_EQ(read_table(write("15,red\n1.25,blue\n5,red\n")).rows, 2) << "no number like those below it";
  EXPECT_EQ(read_table(write("a,sex\n1,sex\n2,m\n")).rows, 2) << "'a' is no number above numbers";
  EXPECT_EQ(read_table(write("100,200,y\n0.1,0.3,y\n0.2,0.1,n\n")).rows, 2) << "wavelengths, and a y for yes";
  EXPECT_EQ(read_table(write("39,State-gov\n50,State-gov\n"), {.format = {.header = false}}).rows, 2);
}

// As in files that were put together from several. Its names would be classes, or make texts of numbers.
TEST_F(TextForms, AHeaderLineThatIsRepeated) {
  for (const std::string rows :
       {"x,y\nu,1\nx,y\nw,2\n", "x,y\r\nu,v\r\nx,y\r\nw,v\r\n", "x,y\nu,v\nx,y", "'x\nz',y\n1,v\n'x\nz',y\n"}) {
    std::string text = rows;
    std::ranges::replace(text, '\'', '"');
    expect_error(ErrorKind::data, {"repeats the header line", "awk"}, [&] { return read_table(write(text)); });
  }
  expect_error(ErrorKind::data, {"t.csv line 3 repeats the header line"},
               [&] { return read_table(write("x,y,z\nu,1,\nx,y,z\n"), {.target = "y", .ignore = {"z"}}); });
  both_refuse(write("x,y\n1,2\nx,y\n"), {}, ErrorKind::data, {"t.csv line 3 repeats the header line"});
  EXPECT_EQ(read_table(write("x,y\nu,v\nx,v\nw,y\n")).rows, 3) << "names that are levels";
  EXPECT_EQ(read_table(write("c\nc\nd\nc\n")).rows, 3) << "a level of the only column";
}

TEST_F(TextForms, LinesThatStandInQuotesAsAWholeAreNamed) {
  const std::string path = write("\"a,b,y\"\n\"1,2,3\"\n");
  for (const TextFormat& format : {TextFormat{}, TextFormat{.delimiter = ','}})
    expect_error(ErrorKind::usage, {"unknown target column 'y'", "the header line is one cell in quotes", "sed"},
                 [&] { return read_table(path, {.target = "y", .format = format}); });
  expect_error(ErrorKind::usage, {"unknown target column '3'", "the first line is one cell in quotes"}, [&] {
    return read_table(write("\"1,2,3\"\n\"4,5,6\"\n"), {.target = "3", .format = {.header = false}});
  });
}

TEST_F(TextForms, RowsThatStandInQuotesAsAWholeAreNamed) {
  both_refuse(write("a,b,y\n\"1,2,3\"\n\"4,5,6\"\n"), {}, ErrorKind::data,
              {"line 2 has 1 cell, expected 3 as in the header line: the line stands in quotes: take them off (sed"});
}

TEST_F(TextForms, NamesInQuotesShowTheDelimiter) {
  both_refuse(write("\"fixed acidity\";\"pH\"\n7.4;3.5\n"), {}, ErrorKind::data, {"line 1", "--delimiter ';'"});
  both_refuse(write("\"a\"\t\"b\"\n7.4\t3.5\n"), {}, ErrorKind::data, {"line 1", "--delimiter tab"});
  both_refuse(write("\"a\"x,b\n1,2\n"), {}, ErrorKind::data,
              {"there is text after the closing quote, expected a name"});
}

TEST_F(TextForms, AHeaderLineFurtherDownIsFound) {
  expect_error(ErrorKind::usage, {"unknown target column 'y'", "line 3 has a cell 'y'", "--skip-lines 2"},
               [&] { return read_table(write("Report of May,,\n,,\na,b,y\n1,2,3\n"), {.target = "y"}); });
  try {
    static_cast<void>(read_table(write("m,1\nf,2\nf,3\n"), {.target = "f"}));
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("skip-lines"), std::string::npos) << "cells of a row recur";
  }
  try {
    static_cast<void>(read_table(write("1,red,no\n2,blue,no\n3,green,yes\n"), {.target = "3"}));
    ADD_FAILURE() << "no error was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("skip-lines"), std::string::npos) << "a line with numbers is a row";
  }
}

TEST_F(TextForms, AnUnknownColumnOfAFileWithoutAHeaderLine) {
  const auto refuses = [&](const std::string& text, const std::string& target, bool hint) {
    const std::string path = write(text);
    for (const bool table : {false, true}) {
      try {
        if (table)
          static_cast<void>(read_table(path, {.target = target}));
        else
          static_cast<void>(read_csv(path, {.target = {target}}));
        ADD_FAILURE() << "no error was thrown";
      } catch (const Error& error) {
        const bool found =
            std::string(error.what()).find("(--no-header names the columns 1, 2, 3 ...)") != std::string::npos;
        EXPECT_EQ(found, hint) << error.what();
      }
    }
  };
  refuses("1,red,22,no\n2,blue,25,yes\n", "4", true);
  refuses("red,r,yes\nblue,r,no\n", "3", true);
  refuses("red,r,yes\nblue,r,no\n", "label", true);
  refuses("colour,size,y\nblue,r,no\n", "label", false);
  refuses("colour,size,y\nblue,r,no\n", "4", false);
}

// What stands in the way of a column of 30 rows, which cell(i) writes.
template <class Cell>
std::string obstacles_of(const test::TemporaryDirectory& folder, const Cell& cell) {
  std::string text = "a,b\n";
  for (int i = 0; i < 30; ++i) text += cell(i) + ",1\n";
  const millrace::Table table = read_table(folder.write("o.csv", text));
  std::string all;
  for (const std::string& obstacle : table.column("a").obstacles) all += obstacle + "\n";
  return all;
}

TEST_F(TextForms, LevelsThatAreMostLikelyOneAreNamed) {
  const auto obstacles = [&](const std::vector<std::string>& cells) {
    return obstacles_of(folder_, [&](int i) { return cells[i % cells.size()]; });
  };
  EXPECT_NE(obstacles({"Male", "male", "Female"}).find("'Male' and 'male' differ in capital letters only"),
            std::string::npos);
  EXPECT_NE(obstacles({"Yes", "no", "TRUE", "0", "1"}).find("yes and no are written in several ways"),
            std::string::npos);
  EXPECT_EQ(obstacles({"Yes", "NO", "yes"}), "");
  EXPECT_EQ(obstacles({"red", "blue"}), "");
}

TEST_F(TextForms, NumbersInBracketsAreNamedAmongNumbersWithMarks) {
  const std::string found = obstacles_of(folder_, [](int i) {
    const std::string number = "1," + std::to_string(100 + i) + ".5";
    return i % 2 == 0 ? "\"(" + number + ")\"" : "\"" + number + "\"";
  });
  EXPECT_NE(found.find("a number in brackets"), std::string::npos) << found;
  EXPECT_NE(
      obstacles_of(folder_, [](int i) { return "$" + std::to_string(i) + ".5M"; }).find("a number with 'M' behind it"),
      std::string::npos);
}

}  // namespace
}  // namespace millrace
