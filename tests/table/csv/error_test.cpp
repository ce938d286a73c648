// SPDX-License-Identifier: Apache-2.0
//
// Every way in which a CSV file can be refused, and what the message tells.
#include <gtest/gtest.h>

#include "millrace/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using Parts = std::initializer_list<std::string>;

class CsvError : public testing::Test {
 protected:
  void refuses(std::string_view text, Parts parts, const CsvOptions& options = {}, ErrorKind kind = ErrorKind::data,
               int line = __builtin_LINE()) {
    const std::string path = folder_.write("table.csv", text);
    expect_error(
        kind, parts, [&] { return read_csv(path, options); }, __FILE__, line);
  }
  void refuses_call(std::string_view text, Parts parts, const CsvOptions& options, int line = __builtin_LINE()) {
    refuses(text, parts, options, ErrorKind::usage, line);
  }
  test::TemporaryDirectory folder_;
};

TEST_F(CsvError, Files) {
  expect_error(ErrorKind::data, {"[csv]", "there is no file", "absent.csv"},
               [&] { return read_csv(folder_.file("absent.csv")); });
  expect_error(ErrorKind::data, {"[csv]", folder_.path(), "is a directory"}, [&] { return read_csv(folder_.path()); });
  expect_error(ErrorKind::data, {"cannot be read", "Not a directory"},
               [&] { return read_csv(folder_.write("plain", "a") + "/table.csv"); });
  refuses("", {"[csv]", "table.csv is empty", "expected a header line and rows"});
  refuses("\xEF\xBB\xBF\r\n \n", {"is empty"});
  refuses("a,b\n", {"has a header line but no rows"});
  refuses("a,b", {"has a header line but no rows"});
  refuses("a,b\n\n\r\n", {"has a header line but no rows"});
}

TEST_F(CsvError, Headers) {
  refuses("a,b,a\n1,2,3\n", {"line 1 names column 'a' twice", "rename one of the columns, or ignore them"});
  refuses("\na,\"a\"\n1,2\n", {"line 2 names column 'a' twice"});
  refuses("a,b,a\n1,2,3\n", {"column 'a' twice"}, {.target = {"b"}, .features = {"a"}});
  refuses("\n\na,\"b\n1,2\n", {"line 3", "column 2 of the header", "a quote opens and never closes"});
  refuses("\"a\"x,b\n1,2\n", {"line 1", "column 1 of the header", "text after the closing quote"});
  refuses("5,0.5,3,0\n1,2,3,4\n", {"line 1 holds numbers only, expected the names", "--no-header"});
  refuses("a,b\r", {"has a header line but no rows"});
  refuses_call(",\n0,1\n", {"no column is left for the features"}, {});
}

// Names and labels go into checkpoints and ONNX, which are UTF-8. "gr\xF6\xDFe" is Latin-1.
TEST_F(CsvError, NamesAndLabelsThatAreNotUtf8) {
  refuses(
      "a,gr\xF6\xDF"
      "e,y\n1,2,3\n",
      {"table.csv line 1, column 2 of the header: the text is not UTF-8, expected UTF-8"});
  refuses("a,\"\xE9\"\"\",y\n1,2,3\n", {"line 1, column 2 of the header"});
  refuses("a,y\n1,red\n2,gr\xFCn\n", {"table.csv line 3, column 'y': the text is not UTF-8", "--encoding latin1"},
          {.target = {"y"}});
  refuses("a,y\n1,red\n2,\"\xE9\"\"\"\n", {"line 3, column 'y': the text is not UTF-8"}, {.target = {"y"}});
  refuses("a,y\n1,red\n2,gr\xFCn\n", {"line 3, column 'y': the text is not UTF-8"},
          {.target = {"y"}, .classes = {"red", "green"}});
  refuses_call("a,y\n1,red\n", {"class 2 is not UTF-8 text"}, {.target = {"y"}, .classes = {"red", "gr\xFCn"}});
  const Dataset read = read_csv(folder_.write("t.csv",
                                              "gr\xC3\xB6\xC3\x9F"
                                              "e,b,y\n1,2,gr\xC3\xBCn\n1,2,red\n"),
                                {.target = {"y"}});
  EXPECT_EQ(read.feature_names[0],
            "gr\xC3\xB6\xC3\x9F"
            "e");
  EXPECT_EQ(read.classes[0], "gr\xC3\xBCn");
}

TEST_F(CsvError, NumberOfCells) {
  refuses("a,b,c\n1,2,3\n1,2\n", {"table.csv line 3 has 2 cells, expected 3"});
  refuses("a,b,c\n1,2,3\n1,2", {"line 3 has 2 cells"});
  refuses("a,b\n1,2,3\n", {"line 2 has 3 cells, expected 2"});
  refuses("a,b\n5\n", {"line 2 has 1 cell, expected 2"});
  refuses("a,b,c,d,e,f\n5\n",
          {"line 2 has 1 cell, expected 6"});  // fewer bytes than a row needs: no write past the table
  refuses("a\n1,2\n", {"line 2 has 2 cells, expected 1"});
  refuses("a,b,c\n1,Smith, John,2\n", {"line 2 has 4 cells, expected 3"});  // not: 'Smith' is not a number
  refuses("a,b\n\"1\n2\",3,4\n", {"line 2 has 3 cells"});
  refuses("a,b\n1,2\n\"3\",\"4\n5\"\n6\n", {"line 3", "column 'b'", "'4 5' is not a number"});
}

TEST_F(CsvError, Cells) {
  refuses("age,b\n1,2\nabc,3\n", {"[csv]", "line 3", "column 'age'", "'abc' is not a number", "leave the column out"});
  refuses("a,b\n1,2\n3,\n", {"line 3", "column 'b'", "missing value", "fill it in"});
  refuses("a,b\n1,2\nTotal,2\n\n",
          {"line 3", "'Total' is not a number", "if the last line holds totals", "--skip-footer 1"});
  refuses("a,b\n,2\n", {"line 2", "column 'a'", "missing value"});
  refuses("a,b\n\"\",2\n", {"column 'a'", "missing value"});
  refuses("a,b\n1, \n", {"column 'b'", "missing value"});
  refuses("a,b\n1,NA\n", {"column 'b'", "missing value, written 'NA'"});
  refuses("a,b\n1,nan\n", {"column 'b'", "missing value, written 'nan'"});
  refuses("a,b\n1,-Inf\n", {"column 'b'", "'-Inf' is not a finite fp32 number"});
  refuses("a,b\n1,1e39\n", {"column 'b'", "'1e39' is not a finite fp32 number"});
  refuses("a\tb\n\t2\n", {"line 2", "column 'a'", "missing value"},
          {.format = {.delimiter = '\t'}});  // a tab that is no blank
  refuses("a\n1\n\n2\n", {"line 3", "column 'a'", "missing value"});
  for (const char* const cell : {"1 2", "0x10", "1e", "1_000", "--1", "+-1", "+", "-", "1.2.3", "5%", ".", "1\r2"}) {
    refuses(std::string("a,b\n1,") + cell + "\n", {"line 2", "column 'b'"});
    refuses(std::string("a,b\n") + cell + ",1\n", {"line 2", "column 'a'"});
  }
  refuses("a,b\n1,wert mit \xC3\xBC und einer sehr langen Beschreibung\n",
          {"'wert mit \xC3\xBC und einer sehr langen Beschr...'"});
  refuses("a,b\n1,a letter of two bytes across byte forty\xC3\xBC\n", {"'a letter of two bytes across byte forty...'"});
  refuses("a,b\n1,line\tend\n", {"'line end'"});
}

TEST_F(CsvError, LinesAreCountedThroughQuotedLineEnds) {
  refuses("\"a\nb\",c\n1,2\n\"3\",x\n", {"line 4", "column 'c'"});
  const CsvOptions only_c{.features = {"c"}};
  refuses("a,c\n\"one\ntwo\nthree\",1\n4,x\n", {"line 5", "column 'c'"}, only_c);
}

TEST_F(CsvError, Quotes) {
  refuses("a,b\n1,2\n3,\"4\n5,6\n", {"line 3", "column 'b'", "a quote opens here and never closes"});
  refuses("a,b\n\"1\"2,3\n", {"line 2", "column 'a'", "text after the closing quote of '1'"});
  refuses("a,note\n1,\"x\"y\n", {"line 2", "column 'note'", "text after the closing quote"}, {.features = {"a"}});
  refuses("a,y\n1,\"x\n", {"line 2", "column 'y'", "never closes"}, {.target = {"y"}});
  refuses("a,note\n1,\"x\n", {"line 2", "column 'note'", "never closes"}, {.features = {"a"}});
}

TEST_F(CsvError, UnknownColumns) {
  refuses_call("age,income\n1,2\n", {"unknown target column 'incme'", "known: age, income", "did you mean 'income'?"},
               {.target = {"incme"}});
  refuses_call("age,income\n1,2\n", {"unknown feature column 'x'"}, {.features = {"age", "x"}});
  refuses_call("age,income\n1,2\n", {"unknown weight column 'w'"}, {.weight = "w"});
  refuses_call("a,,y\n1,2,3\n", {"unknown feature column ''"}, {.target = {"y"}, .features = {""}});
  refuses_call("a;y\n1;2\n", {"unknown target column 'y'", "is the delimiter ';'?"}, {.target = {"y"}});
  refuses_call("a\ty\n1\t2\n", {"is the delimiter a tab?"}, {.target = {"y"}});
  refuses_call("0,1,2\n4.9,3,1\n", {"does the file lack a header line? (--no-header"}, {.target = {"species"}});
}

TEST_F(CsvError, LongListsOfColumnsAreCut) {
  std::string header = "c0", row = "0";
  for (int i = 1; i < 100; ++i) {
    header += ",c" + std::to_string(i);
    row += ",0";
  }
  refuses_call(header + "\n" + row + "\n", {"c18, c19 and 80 more", "did you mean 'c77'?"}, {.target = {"c77x"}});
}

TEST_F(CsvError, OneColumnForTwoUses) {
  refuses_call("a,y\n1,2\n", {"column 'y' is asked for as target and as feature"},
               {.target = {"y"}, .features = {"a", "y"}});
  refuses_call("a,y\n1,2\n", {"column 'y' is asked for as target and as target"}, {.target = {"y", "y"}});
  refuses_call("a,y\n1,2\n", {"column 'a' is asked for as feature and as feature"}, {.features = {"a", "a"}});
  refuses_call("a,y\n1,2\n", {"column 'y' is asked for as target and as weight"}, {.target = {"y"}, .weight = "y"});
  refuses_call("y\n1\n", {"no column is left for the features"}, {.target = {"y"}});
}

TEST_F(CsvError, Delimiters) {
  for (const char bad : {'"', '\n', '\r', '0', 'e', 'E', '.', '-', '+'}) {
    refuses_call("a,b\n1,2\n", {"[csv]", "the delimiter is", "expected a character"}, {.format = {.delimiter = bad}});
  }
}

TEST_F(CsvError, LinesToSkip) {
  refuses_call("a,b\n1,2\n", {"[csv] skip_lines is -1, expected 0 or more"}, {.format = {.skip_lines = -1}});
  refuses_call("a,b\n1,2\n", {"[csv] skip_footer is -2, expected 0 or more"}, {.format = {.skip_footer = -2}});
}

}  // namespace
}  // namespace millrace
