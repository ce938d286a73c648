// SPDX-License-Identifier: Apache-2.0
//
// Targets: numbers, classes found in the file, classes that are known; row weights; which column is what.
#include <gtest/gtest.h>

#include "millrace/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::features_of;
using test::Table;
using test::targets_of;
using Column = std::vector<float>;
using Names = std::vector<std::string>;

class CsvTarget : public testing::Test {
 protected:
  Dataset read(std::string_view text, const CsvOptions& options) {
    return read_csv(folder_.write("table.csv", text), options);
  }
  test::TemporaryDirectory folder_;
};

TEST_F(CsvTarget, NumbersStayNumbers) {
  const Dataset data = read("y,a\n3,1\n\" 1.5 \",2\n-2,3\n", {.target = {"y"}});
  EXPECT_EQ(targets_of(data), (Column{3, 1.5F, -2}));
  EXPECT_TRUE(data.classes.empty());
  EXPECT_EQ(data.target_names, Names{"y"});
  EXPECT_EQ(data.feature_names, Names{"a"});
  EXPECT_EQ(features_of(data), (Table{{1}, {2}, {3}}));
}

TEST_F(CsvTarget, TextBecomesClassesInByteOrder) {
  const Dataset data =
      read("a,y\n1,red\n2,\"blue\"\n3,red\n4,Zoo\n5,\"a \"\"b\"\"\"\n6,\"a \"\"b\"\"\"\n", {.target = {"y"}});
  EXPECT_EQ(data.classes, (Names{"Zoo", "a \"b\"", "blue", "red"}));
  EXPECT_EQ(targets_of(data), (Column{3, 2, 3, 0, 1, 1}));
}

TEST_F(CsvTarget, OneTextCellDecidesForTheWholeColumn) {
  // Rows above it were read as numbers already.
  const Dataset data = read("a,y\n1,10\n2,9\n3,10A\n4,10\n", {.target = {"y"}});
  EXPECT_EQ(data.classes, (Names{"10", "10A", "9"}));
  EXPECT_EQ(targets_of(data), (Column{0, 2, 1, 0}));
}

TEST_F(CsvTarget, ASlipInAColumnOfNumbersMakesNoClasses) {
  std::string text = "a,y\n";
  for (int i = 0; i < 30; ++i) text += "1," + std::to_string(i) + ".5\n";
  expect_error(ErrorKind::data, {"line 32", "column 'y'", "'12.3x' is not a number", "30 of the column's 31 cells"},
               [&] { return read(text + "1,12.3x\n", {.target = {"y"}}); });
  expect_error(ErrorKind::data, {"line 4", "column 'y'", "missing value, written 'NA'"},
               [&] { return read("a,y\n1,0\n2,1\n3,NA\n4,1\n", {.target = {"y"}}); });
}

TEST_F(CsvTarget, ASlipWhereNumbersAreExpected) {
  const CsvOptions numbers{.target = {"y"}, .expect_numbers = true};
  expect_error(ErrorKind::data, {"line 3", "column 'y'", "'oops' is not a number", "2 of the column's 3 cells"},
               [&] { return read("a,y\n1,2.5\n2,oops\n3,1.5\n", numbers); });
  // Of no column of numbers that is all there is to say.
  EXPECT_EQ(read("a,y\n1,red\n2,1\n", numbers).classes, (Names{"1", "red"}));
  EXPECT_EQ(read("a,y\n1,2\n2,oops\n3,1\n", {.target = {"y"}}).classes, (Names{"1", "2", "oops"}));
}

TEST_F(CsvTarget, NothingButMissingValuesMakesNoClasses) {
  for (const std::string cells : {"1,None\n2,NA\n", "1,NA\n2,NA\n", "1,null\n2,<NA>\n3,\"?\"\n"})
    expect_error(ErrorKind::data, {"line 2", "column 'y'", "missing value, written '", "as all of the column are"},
                 [&] { return read("a,y\n" + cells, {.target = {"y"}}); });
}

TEST_F(CsvTarget, ATextThatMeansMissingElsewhereIsAClassAmongTexts) {
  EXPECT_EQ(read("a,country\n1,NA\n2,BW\n", {.target = {"country"}}).classes, (Names{"BW", "NA"}));
}

TEST_F(CsvTarget, KnownClassesByTextAndByNumber) {
  const Dataset words = read("a,y\n1,blue\n2,red\n", {.target = {"y"}, .classes = {"red", "green", "blue"}});
  EXPECT_EQ(words.classes, (Names{"red", "green", "blue"}));
  EXPECT_EQ(targets_of(words), (Column{2, 0}));
  const Dataset numbers = read("a,y\n1,7.0\n2,3\n3,+3\n", {.target = {"y"}, .classes = {"3", "5", "7"}});
  EXPECT_EQ(targets_of(numbers), (Column{2, 0, 0}));
  const Dataset text_first = read("a,y\n1,1.0\n2,1\n3,1.00\n", {.target = {"y"}, .classes = {"1", "1.0"}});
  EXPECT_EQ(targets_of(text_first), (Column{1, 0, 0}));
  const Dataset odd = read("a,y\n1,nan\n2,\"\"\"q\"\"\"\n", {.target = {"y"}, .classes = {"\"q\"", "nan"}});
  EXPECT_EQ(targets_of(odd), (Column{1, 0}));
}

TEST_F(CsvTarget, UnknownClass) {
  const CsvOptions options{.target = {"y"}, .classes = {"red", "3"}};
  expect_error(ErrorKind::data, {"[csv]", "table.csv line 3", "column 'y'", "'blue' is no known class", "red, 3"},
               [&] { return read("a,y\n1,red\n2,blue\n", options); });
  expect_error(ErrorKind::data, {"line 2", "'4' is no known class"}, [&] { return read("a,y\n1,4\n", options); });
  expect_error(ErrorKind::usage, {"class 'red' is given twice"}, [&] {
    return read("a,y\n1,red\n", {.target = {"y"}, .classes = {"red", "red"}});
  });
  expect_error(ErrorKind::usage, {"classes are given for 2 target columns"}, [&] {
    return read("a,y,z\n1,1,1\n", {.target = {"y", "z"}, .classes = {"red"}});
  });
}

TEST_F(CsvTarget, BadTargets) {
  const CsvOptions options{.target = {"y"}};
  expect_error(ErrorKind::data, {"line 3", "column 'y'", "missing value"},
               [&] { return read("a,y\n1,b\n2,\n", options); });
  expect_error(ErrorKind::data, {"line 3", "missing value"}, [&] { return read("a,y\n1,b\n2,\"\"\n", options); });
  expect_error(ErrorKind::data, {"line 2", "missing value, written 'NaN'"},
               [&] { return read("a,y\n1,NaN\n", options); });
  expect_error(ErrorKind::data, {"line 2", "'-inf' is not a finite"},
               [&] { return read("a,y\n1,-inf\n2,b\n", options); });
  expect_error(ErrorKind::data, {"line 2 has 3 cells, expected 2"}, [&] { return read("y,a\n,1,2\n", options); });
  expect_error(ErrorKind::data, {"line 3", "column 'z'", "'b' is not a number"}, [&] {
    return read("a,y,z\n1,2,3\n1,2,b\n", {.target = {"y", "z"}});
  });
}

TEST_F(CsvTarget, SeveralTargetsKeepTheOrderAskedFor) {
  const Dataset data = read("y,a,z\n1,2,3\n4,5,6\n", {.target = {"z", "y"}});
  EXPECT_EQ(test::table_of(data, data.targets), (Table{{3, 1}, {6, 4}}));
  EXPECT_EQ(data.target_names, (Names{"z", "y"}));
  EXPECT_EQ(features_of(data), (Table{{2}, {5}}));
}

TEST_F(CsvTarget, FeaturesKeepTheOrderAskedFor) {
  const Dataset data = read("a,b,c,y\n1,2,3,4\n", {.target = {"y"}, .features = {"c", "a"}});
  EXPECT_EQ(features_of(data), (Table{{3, 1}}));
  EXPECT_EQ(data.feature_names, (Names{"c", "a"}));
}

TEST_F(CsvTarget, Weights) {
  const Dataset data = read("a,w,y\n1,0.5,7\n2,0,8\n\n3,2,9\n", {.target = {"y"}, .weight = "w"});
  EXPECT_EQ(data.weights, (Column{0.5F, 0, 2}));
  EXPECT_EQ(data.feature_names, Names{"a"});
  expect_error(ErrorKind::data, {"line 3", "column 'w'", "-1 is negative"},
               [&] { return read("a,w\n1,1\n2,-1\n", {.weight = "w"}); });
}

TEST_F(CsvTarget, AMissingTargetMayBeAllowed) {
  const Dataset data = read("a,b\n1,2\n", {.target = {"y"}, .classes = {"u", "v"}, .target_required = false});
  EXPECT_EQ(features_of(data), (Table{{1, 2}}));
  EXPECT_EQ(data.targets.rows, 0);
  EXPECT_TRUE(data.target_names.empty() && data.classes.empty());
  const Dataset there = read("a,y\n1,2\n", {.target = {"y"}, .target_required = false});
  EXPECT_EQ(targets_of(there), Column{2});
  const Dataset half = read("a,y\n1,2\n", {.target = {"y", "z"}, .target_required = false});
  EXPECT_EQ(half.targets.rows, 0);
  EXPECT_EQ(half.feature_names, Names{"a"}) << "a target is no feature, used or not";
}

}  // namespace
}  // namespace millrace
