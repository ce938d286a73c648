// SPDX-License-Identifier: Apache-2.0
//
// How the text of a CSV file becomes cells, lines and numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include <sys/stat.h>

#include "millrace/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

using test::features_of;
using test::Table;

class CsvFormat : public testing::Test {
 protected:
  Dataset read(std::string_view text, const CsvOptions& options = {}, const std::string& name = "table.csv") {
    return read_csv(folder_.write(name, text), options);
  }
  test::TemporaryDirectory folder_;
};

using Names = std::vector<std::string>;

TEST_F(CsvFormat, HeaderAndNumbers) {
  const Dataset data = read("a,b,c\n1,2.5,-3\n4e2,.5,6.\n");
  EXPECT_EQ(data.feature_names, (Names{"a", "b", "c"}));
  EXPECT_EQ(features_of(data), (Table{{1, 2.5F, -3}, {400, 0.5F, 6}}));
  EXPECT_EQ(data.rows(), 2);
  EXPECT_EQ(data.targets.rows, 0);
  EXPECT_TRUE(data.weights.empty() && data.classes.empty() && data.target_names.empty() && data.selection.empty());
  EXPECT_EQ(data.source, folder_.file("table.csv"));
}

TEST_F(CsvFormat, LineEnds) {
  const Table expected = {{1, 2}, {3, 4}};
  EXPECT_EQ(features_of(read("a,b\n1,2\n3,4")), expected) << "no final newline";
  EXPECT_EQ(features_of(read("a,b\r\n1,2\r\n3,4\r\n")), expected);
  EXPECT_EQ(features_of(read("a,b\r\n1,2\n3,4\r")), expected) << "mixed, last line feed lost";
  EXPECT_EQ(features_of(read("a,\"b\"\r\n1,\"2\"\r\n\"3\",\"4\"\r\n")), expected) << "quotes before CR LF";
}

TEST_F(CsvFormat, ByteOrderMarkIsNoPartOfTheFirstName) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a,b\n1,2\n")
                .feature_names,
            (Names{"a", "b"}));
}

TEST_F(CsvFormat, BlankLines) {
  const Table expected = {{1, 2}, {3, 4}};
  EXPECT_EQ(features_of(read("\n \r\na,b\n\n1,2\n\r\n  \t\n3,4\n\n\n \n")), expected);
  EXPECT_EQ(features_of(read("a\n1\n2\n\n\r\n")), (Table{{1}, {2}})) << "one column: only at the end";
}

TEST_F(CsvFormat, BlanksAroundCells) {
  const Dataset data = read(" a ,\tb , \" c \"\n 1 ,2\t, +3 \n\" 4 \", \"5\" ,6\n");
  EXPECT_EQ(data.feature_names, (Names{"a", "b", " c "})) << "blanks between quotes stay";
  EXPECT_EQ(features_of(data), (Table{{1, 2, 3}, {4, 5, 6}}));
}

TEST_F(CsvFormat, QuotedNames) {
  const Dataset data = read("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",5\" pipe\n1,2,3,4\n");
  EXPECT_EQ(data.feature_names, (Names{"a,b", "say \"hi\"", "two\nlines", "5\" pipe"}));
  EXPECT_EQ(features_of(data), (Table{{1, 2, 3, 4}}));
}

TEST_F(CsvFormat, Delimiters) {
  const Table expected = {{1, 2}, {3, 4}};
  EXPECT_EQ(features_of(read("a\tb\n1\t2\n3\t 4\n", {}, "table.tsv")), expected);
  EXPECT_EQ(features_of(read("a,b\n1,2\n3,4\n", {.format = {.delimiter = ','}}, "table.tsv")), expected);
  EXPECT_EQ(features_of(read("a;b\n1;2\n3;4\n", {.format = {.delimiter = ';'}})), expected);
  EXPECT_EQ(features_of(read("a b\n1 2\n3 4\n", {.format = {.delimiter = ' '}})), expected);
}

TEST_F(CsvFormat, NumbersAreRoundedOnce) {
  // 1 + 2^-24 + 2^-60 lies just above the middle of two floats: up. By way of double it would be the middle: down.
  EXPECT_EQ(features_of(read("a,b\n1.000000059604644776257,1\n")), (Table{{1.00000012F, 1}}));
  EXPECT_EQ(features_of(read("a,b\n16777217,123456789\n")), (Table{{16777216.0F, 123456792.0F}}));
  EXPECT_EQ(features_of(read("a,b\n3.4028235e38,1e-60\n")), (Table{{3.4028235e38F, 0}}));
}

TEST_F(CsvFormat, UnusedColumnsMayHoldAnything) {
  const CsvOptions options{.features = {"a"}};
  EXPECT_EQ(features_of(read("id,a,note\nx1,1,\n,2,\"a, \"\"b\"\"\nc\"\nnan,3,5\" pipe\n", options)),
            (Table{{1}, {2}, {3}}));
}

TEST_F(CsvFormat, ManyRowsAndAlignment) {
  std::string text = "a,b,y\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i) + "," + std::to_string(i) + ".25,1\n";
  const Dataset data = read(text, {.target = {"y"}});
  ASSERT_EQ(data.rows(), 5000);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(data.features.row(i)[0], static_cast<float>(i));
    ASSERT_EQ(data.features.row(i)[1], static_cast<float>(i) + 0.25F);
  }
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data.features.data) % 64, 0U);
}

TEST_F(CsvFormat, Pipe) {
  const std::string path = folder_.file("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::string text = "a,b\n";
  for (int i = 0; i < 100000; ++i) text += "1,2\n";  // longer than a pipe holds
  std::jthread writer([&] { std::ofstream(path) << text; });
  const Dataset data = read_csv(path);
  writer.join();
  EXPECT_EQ(data.rows(), 100000);
}

TEST_F(CsvFormat, TheSetOutlivesFileAndCopies) {
  Dataset copy;
  {
    const Dataset data = read("a,y\n1,red\n2,blue\n", {.target = {"y"}});
    copy = data;
  }
  folder_.write("table.csv", "overwritten");
  EXPECT_EQ(features_of(copy), (Table{{1}, {2}}));
  EXPECT_EQ(test::targets_of(copy), (std::vector<float>{1, 0}));
}

TEST(Examples, AreReadAsTheirReadmeSays) {
  const std::string folder = MILLRACE_DATA_DIR;
  const Dataset digits = read_csv(folder + "/digits.csv", {.target = {"digit"}});
  EXPECT_EQ(digits.rows(), 1797);
  EXPECT_EQ(digits.features.columns, 64);
  EXPECT_EQ(digits.feature_names.front(), "pixel_0_0");
  EXPECT_TRUE(digits.classes.empty());
  EXPECT_EQ(read_csv(folder + "/digits01.csv", {.target = {"digit"}}).rows(), 360);
  const Dataset cancer = read_csv(folder + "/breast_cancer.csv", {.target = {"diagnosis"}});
  EXPECT_EQ(cancer.rows(), 569);
  EXPECT_EQ(cancer.features.columns, 30);
  EXPECT_EQ(cancer.classes, (Names{"benign", "malignant"}));
  const std::vector<float> targets = test::targets_of(cancer);
  EXPECT_EQ(std::count(targets.begin(), targets.end(), 1.0F), 212);
}

TEST_F(CsvFormat, ColumnsWithoutANameAreNotRead) {
  const Dataset index = read(",a,b\n0,1,2\n1,3,4\n");
  EXPECT_EQ(index.feature_names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(features_of(index), (Table{{1, 2}, {3, 4}}));
  EXPECT_EQ(features_of(read("a;b;\n1;2;\n3;4;\n", {.format = {.delimiter = ';'}})), (Table{{1, 2}, {3, 4}}))
      << "a delimiter at the end of each line";
  EXPECT_EQ(read("Unnamed: 0,a\n0,2\n").feature_names, (std::vector<std::string>{"a"})) << "as pandas has named it";
  EXPECT_EQ(read("Unnamed: 0,a\n0,2\n", {.features = {"Unnamed: 0"}}).feature_names,
            (std::vector<std::string>{"Unnamed: 0"}));
}

TEST_F(CsvFormat, ColumnsThatAreNotReadMayShareAName) {
  EXPECT_EQ(features_of(read("a,b,b\n1,2,x\n", {.ignore = {"b"}})), (Table{{1}}));
  EXPECT_EQ(features_of(read("a,b,b\n1,2,x\n", {.features = {"a"}})), (Table{{1}}));
}

TEST_F(CsvFormat, ExcelNamesTheDelimiterInTheFirstLine) {
  EXPECT_EQ(features_of(read("sep=;\na;b\n1;2\n")), (Table{{1, 2}}));
  EXPECT_EQ(features_of(read("\xEF\xBB\xBFsep=\t\r\na\tb\r\n1\t2\r\n")), (Table{{1, 2}}));
  EXPECT_EQ(features_of(read("\"sep=;\"\na;b\n1;2\n")), (Table{{1, 2}}));
  EXPECT_EQ(features_of(read("sep=;\na,b\n1,2\n", {.format = {.delimiter = ','}})), (Table{{1, 2}}))
      << "the caller knows better";
  EXPECT_EQ(read("sep=;,b\n1,2\n").feature_names[0], "sep=;") << "a name, with others behind it";
}

TEST_F(CsvFormat, MayLackItsHeaderLine) {
  const Dataset data = read("1,2.5,3\n4,5,6\n", {.target = {"3"}, .format = {.header = false}});
  EXPECT_EQ(data.feature_names, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(features_of(data), (Table{{1, 2.5F}, {4, 5}}));
  EXPECT_EQ(features_of(read("\n 7\n", {.format = {.header = false}})), (Table{{7}}));
  test::expect_error(ErrorKind::data, {"line 2 has 3 cells, expected 2 as in the first line"},
                     [&] { return read("1,2\n1,2,3\n", {.format = {.header = false}}); });
}

}  // namespace
}  // namespace millrace
