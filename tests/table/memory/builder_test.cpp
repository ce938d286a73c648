// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/table_builder.hpp"
#include "support/expect_error.hpp"
#include "table/column_values.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::values_of;
using Doubles = std::vector<double>;
using Texts = std::vector<std::string>;

const double none = std::nan("");

TEST(TableBuilder, HoldsColumnsOfEveryKind) {
  const Table table = TableBuilder("people")
                          .numbers("age", Doubles{20, none, 22.5})
                          .texts("city", {"Rome", std::nullopt, "Oslo"})
                          .levels("size", Texts{"S", "L", "S", "M"}, std::vector<std::int32_t>{2, 1, -1})
                          .booleans("member", std::vector<std::int8_t>{1, -1, 0})
                          .dates("since", Doubles{86400, none, 0})
                          .unusable("photo", 3, "the values are pictures: ignore the column")
                          .finish();
  EXPECT_EQ(table.rows, 3);
  EXPECT_EQ(table.source, "people");
  EXPECT_EQ(values_of(table, "age"), (Doubles{20, -999, 22.5}));
  EXPECT_EQ(table.column("city").levels, (Texts{"Oslo", "Rome"}));
  EXPECT_EQ(values_of(table, "city"), (Doubles{1, -999, 0}));
  EXPECT_EQ(table.column("size").levels, (Texts{"L", "S"})) << "levels that occur, once, in byte order";
  EXPECT_EQ(values_of(table, "size"), (Doubles{1, 0, -999}));
  EXPECT_EQ(table.column("member").levels, (Texts{"false", "true"}));
  EXPECT_EQ(values_of(table, "member"), (Doubles{1, -999, 0}));
  EXPECT_EQ(values_of(table, "since"), (Doubles{86400, -999, 0}));
  EXPECT_EQ(table.column("photo").kind, ColumnKind::ignored);
  for (const char* const name : {"age", "city", "size", "member", "since"}) EXPECT_EQ(table.column(name).missing, 1);
  EXPECT_EQ(describe(table).size(), 6U);
}

TEST(TableBuilder, TheTargetIsALabelWhereItHoldsClasses) {
  const Table texts = TableBuilder().texts("y", {"b", "a"}).finish({.target = "y"});
  EXPECT_EQ(texts.column("y").kind, ColumnKind::label);
  Doubles classes;
  for (int i = 0; i < 30; ++i) classes.push_back(i % 3 == 0 ? 10 : i % 3);
  const Table numbers = TableBuilder().numbers("y", classes).finish({.target = "y"});
  EXPECT_EQ(numbers.column("y").levels, (Texts{"1", "2", "10"}));
  EXPECT_EQ(values_of(numbers, "y")[0], 2);
  const Table prices = TableBuilder().numbers("y", Doubles{1, 2.5, none}).finish({.target = "y"});
  EXPECT_EQ(prices.column("y").kind, ColumnKind::number);
  EXPECT_NE(prices.column("y").obstacles.at(0).find("1 row has no target"), std::string::npos);
}

// As in a file, where 'Yes' is the class 1 whatever its letters; what most cells write is the class's name.
TEST(TableBuilder, ClassesThatSayNoAndYesStandInThisOrder) {
  const auto target = [](std::initializer_list<std::optional<std::string_view>> texts) {
    return TableBuilder().texts("y", texts).finish({.target = "y"});
  };
  const Table words = target({"Yes", "no", std::nullopt, "Yes", "YES"});
  EXPECT_EQ(words.column("y").kind, ColumnKind::label);
  EXPECT_EQ(words.column("y").levels, (Texts{"no", "Yes"}));
  EXPECT_EQ(values_of(words, "y"), (Doubles{1, 0, -999, 1, 1}));
  EXPECT_EQ(target({"T", "f"}).column("y").levels, (Texts{"f", "T"}));
  EXPECT_EQ(target({"TRUE", "False"}).column("y").levels, (Texts{"False", "TRUE"}));
  EXPECT_EQ(target({"Yes", "Yes"}).column("y").levels, (Texts{"Yes"})) << "one word is one class";
  EXPECT_EQ(target({"Yes", "no", "maybe"}).column("y").levels, (Texts{"Yes", "maybe", "no"}));
  EXPECT_EQ(TableBuilder().texts("x", {"Yes", "no"}).finish().column("x").levels, (Texts{"Yes", "no"}));
  const Table booleans = TableBuilder().booleans("y", std::vector<std::int8_t>{1, 0, -1}).finish({.target = "y"});
  EXPECT_EQ(booleans.column("y").levels, (Texts{"false", "true"}));
}

TEST(TableBuilder, TurnsColumnsIntoTheKindsThatAreAskedFor) {
  const auto built = [](ColumnKind numbers, ColumnKind texts) {
    return TableBuilder()
        .numbers("n", Doubles{10, 9, none})
        .texts("t", {"1.5", std::nullopt, "-2"})
        .finish({.kinds = {{"n", numbers}, {"t", texts}}});
  };
  const Table first = built(ColumnKind::category, ColumnKind::number);
  EXPECT_EQ(first.column("n").levels, (Texts{"10", "9"}));
  EXPECT_EQ(values_of(first, "n"), (Doubles{0, 1, -999}));
  EXPECT_EQ(values_of(first, "t"), (Doubles{1.5, -999, -2}));
  EXPECT_EQ(built(ColumnKind::ignored, ColumnKind::category).column("n").kind, ColumnKind::ignored);
  expect_error(ErrorKind::data, {"table, column 't': '-2' is not a date"},
               [&] { return built(ColumnKind::number, ColumnKind::date); });
  expect_error(ErrorKind::usage, {"column 'n' holds values of kind number, expected kind date"},
               [&] { return built(ColumnKind::date, ColumnKind::category); });
  const Table others =
      TableBuilder()
          .texts("day", {"2024-05-31", "1970-01-02"})
          .texts("yes", {"no", "YES"})
          .booleans("bit", std::vector<std::int8_t>{1, 0})
          .finish({.kinds = {{"day", ColumnKind::date}, {"yes", ColumnKind::boolean}, {"bit", ColumnKind::category}}});
  EXPECT_EQ(values_of(others, "day"), (Doubles{1717113600, 86400}));
  EXPECT_EQ(values_of(others, "yes"), (Doubles{0, 1}));
  EXPECT_EQ(others.column("bit").kind, ColumnKind::category);
}

// As an empty cell of a file is.
TEST(TableBuilder, TakesAnEmptyTextAsMissing) {
  const Table table = TableBuilder("t")
                          .texts("a", {"x", "", "y"})
                          .levels("b", std::vector<std::string>{"", "z"}, std::vector<std::int32_t>{1, 0, 1})
                          .finish({});
  for (const TableColumn& column : table.columns) EXPECT_EQ(column.missing, 1) << column.name;
  EXPECT_EQ(table.column("a").levels, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(table.column("b").levels, (std::vector<std::string>{"z"}));
}

// As around a cell of a file.
TEST(TableBuilder, LeavesOutBlanksAroundTexts) {
  const Table table = TableBuilder()
                          .texts("a", {" yes", "yes", "yes \t", "no", "  "})
                          .levels("b", Texts{"in ", "in", " new york", "\t"}, std::vector<std::int32_t>{0, 1, 2, 3, -1})
                          .finish({.target = "a"});
  EXPECT_EQ(table.column("a").levels, (Texts{"no", "yes"}));
  EXPECT_EQ(values_of(table, "a"), (Doubles{1, 1, 1, 0, -999}));
  EXPECT_EQ(table.column("b").levels, (Texts{"in", "new york"}));
  EXPECT_EQ(values_of(table, "b"), (Doubles{0, 0, 1, -999, -999}));
}

TEST(TableBuilder, SaysWhatKeepsAColumnFromBeingOfUse) {
  const auto obstacle = [](TableBuilder& builder) { return builder.finish().columns[0].obstacles.at(0); };
  TableBuilder builder;
  EXPECT_NE(obstacle(builder.numbers("a", Doubles{none})).find("all cells are missing"), std::string::npos);
  EXPECT_NE(obstacle(builder.numbers("a", Doubles{1e39, 1})).find("1 number is infinite"), std::string::npos);
  EXPECT_NE(obstacle(builder.numbers("a", Doubles{1700000000, 1700000019})).find("cannot tell apart"),
            std::string::npos);
  EXPECT_NE(obstacle(builder.texts("a", {"gr\xF6n"})).find("1 cell, in row 1: the text is not UTF-8, expected UTF-8"),
            std::string::npos);
  EXPECT_NE(obstacle(builder.texts("a", {"gr\xF6n", "5", "6"})).find("1 cell, in row 1"), std::string::npos);
  EXPECT_NE(obstacle(builder.texts("a", {std::nullopt})).find("all cells are missing"), std::string::npos);
  std::vector<std::string> names;
  for (int i = 0; i < 60; ++i) names.push_back(std::to_string(i));
  const std::vector<std::optional<std::string_view>> views(names.begin(), names.end());
  EXPECT_NE(obstacle(builder.texts("a", views)).find("60 distinct texts in 60 cells"), std::string::npos);
}

TEST(TableBuilder, SaysThatTextsAreNumbersWithMarks) {
  const auto obstacles = [](std::initializer_list<std::optional<std::string_view>> texts) {
    return TableBuilder().texts("a", std::vector(texts)).finish().columns[0].obstacles;
  };
  EXPECT_EQ(obstacles({"1,234", std::nullopt, "2,345"}),
            (Texts{"row 1 says '1,234', expected numbers without marks: remove the marks from the texts and make them "
                   "numbers"}));
  EXPECT_EQ(obstacles({"7", "$3.50", "12%"}).at(0).substr(0, 18), "row 2 says '$3.50'");
  EXPECT_EQ(obstacles({"1", "2", "none"}),
            (Texts{"2 of 3 cells are numbers, row 3 says 'none', expected numbers: correct the others, or give the "
                   "column the kind category"}));
  EXPECT_EQ(obstacles({"red", "green", ""}), Texts{});
  EXPECT_EQ(obstacles({"1", "2"}), Texts{}) << "numbers that are texts on purpose, such as codes";
}

TEST(TableBuilder, DoesNotReadAColumnThatPandasHasNamed) {
  const auto built = [](const TableOptions& options) {
    return TableBuilder()
        .numbers("Unnamed: 0", Doubles{0, 1})
        .numbers("a", Doubles{3, 4})
        .numbers("Unnamed: x", Doubles{5, 6})
        .numbers("Unnamed: 0.1", Doubles{0, 1})
        .finish(options);
  };
  const Table table = built({});
  EXPECT_EQ(table.columns[0].kind, ColumnKind::ignored);
  EXPECT_NE(table.columns[0].obstacles.at(0).find("without a name of its own"), std::string::npos);
  EXPECT_EQ(table.columns[1].kind, ColumnKind::number);
  EXPECT_EQ(table.columns[2].kind, ColumnKind::number);
  EXPECT_EQ(table.columns[3].kind, ColumnKind::ignored);
  EXPECT_EQ(values_of(table, "a"), (Doubles{3, 4}));
  EXPECT_EQ(built({.kinds = {{"Unnamed: 0", ColumnKind::number}}}).columns[0].kind, ColumnKind::number);
  EXPECT_EQ(built({.target = "Unnamed: 0"}).columns[0].kind, ColumnKind::label) << "0 and 1 are classes";
}

TEST(TableBuilder, RefusesColumnsThatDoNotFit) {
  const auto refuses = [](auto build, std::initializer_list<std::string> parts) {
    expect_error(ErrorKind::usage, parts, build);
  };
  refuses(
      [] {
        return TableBuilder().numbers("a", Doubles{1}).numbers("b", Doubles{1, 2}).finish();
      },
      {"[table] column 'b' has 2 rows, expected 1"});
  refuses([] { return TableBuilder().numbers("a", Doubles{1}).numbers("a", Doubles{1}).finish(); },
          {"gets two columns 'a'"});
  refuses([] { return TableBuilder().numbers("", Doubles{1}).finish(); }, {"a column without a name"});
  refuses([] { return TableBuilder().numbers("\xFF", Doubles{1}).finish(); }, {"whose name is not UTF-8"});
  refuses([] { return TableBuilder().finish(); }, {"table has no columns"});
  refuses([] { return TableBuilder().numbers("a", Doubles{}).finish(); }, {"table has no rows"});
  refuses([] { return TableBuilder().levels("a", Texts{"x"}, std::vector<std::int32_t>{1}).finish(); },
          {"column 'a' has the code 1, expected one below its 1 levels"});
  refuses([] { return TableBuilder().numbers("a", Doubles{1}).finish({.target = "b"}); },
          {"unknown target column 'b'"});
  refuses([] { return TableBuilder().numbers("a", Doubles{1}).finish({.ignore = {"b"}}); }, {"unknown ignored column"});
}

TEST(TableBuilder, CanBeMovedAndReportsUseAfterTheMove) {
  TableBuilder first("people");
  first.numbers("age", Doubles{20});
  TableBuilder moved = std::move(first);
  const auto refuses = [](auto use) {
    expect_error(ErrorKind::usage, {"[table] this builder was moved to another one, expected"}, use);
  };
  refuses([&] { return first.finish(); });  // NOLINT(bugprone-use-after-move)
  refuses([&] { return first.numbers("size", Doubles{1}).finish(); });
  first = std::move(moved);
  EXPECT_EQ(first.finish().source, "people");
}

}  // namespace
}  // namespace millrace
