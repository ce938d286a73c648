// SPDX-License-Identifier: Apache-2.0
//
// Splits of typed tables: by random rows, classes, groups and time (src/table/split.cpp, row_split.cpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "millrace/split.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using Rows = std::vector<std::int64_t>;

class TableSplit : public testing::Test {
 protected:
  [[nodiscard]] Table table(const std::string& text, const std::string& target = "") const {
    folder.write("t.csv", text);
    return read_table(folder.file("t.csv"), {.target = target});
  }
  test::TemporaryDirectory folder;
};

// 60 rows of twelve patients, the first of whom has 16 rows and each other 4.
std::string visits() {
  std::string text = "patient,when,score\n";
  for (int r = 0; r < 60; ++r) {
    const int patient = r < 16 ? 0 : 1 + (r * 7) % 11;
    text += "p" + std::to_string(patient) + ",2024-01-" + (r % 30 < 9 ? "0" : "") + std::to_string(1 + r % 30) + "," +
            std::to_string(r) + ".5\n";
  }
  return text;
}

Rows all_of(const RowSplit& split) {
  Rows all = split.train;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  std::sort(all.begin(), all.end());
  return all;
}

TEST_F(TableSplit, GroupsStayWhole) {
  const Table visit = table(visits());
  const TableColumn& patient = visit.column("patient");
  std::set<Rows> drawn;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const RowSplit split =
        split_rows(visit, {.way = SplitWay::group, .fraction = 0.25, .seed = seed, .column = "patient"});
    std::set<float> training, validating;
    for (const std::int64_t r : split.train) training.insert(visit.values.row(r)[patient.place]);
    for (const std::int64_t r : split.validation) validating.insert(visit.values.row(r)[patient.place]);
    for (const float group : validating) EXPECT_FALSE(training.contains(group)) << group;
    EXPECT_EQ(all_of(split).size(), 60U);
    EXPECT_NEAR(static_cast<double>(split.validation.size()), 15, 2.1) << "as near as groups of 4 allow";
    EXPECT_TRUE(std::is_sorted(split.train.begin(), split.train.end()));
    drawn.insert(split.validation);
  }
  EXPECT_GT(drawn.size(), 10U) << "the seed draws the groups";
}

TEST_F(TableSplit, AGroupLargerThanTheFractionStillValidates) {
  const Table two = table("g,x\na,1\na,2\na,3\nb,4\nb,5\n");
  const RowSplit split = split_rows(two, {.way = SplitWay::group, .fraction = 0.1, .column = "g"});
  EXPECT_EQ(split.validation, (Rows{3, 4})) << "the smallest group";
}

TEST_F(TableSplit, RowsWithoutAGroupAreGroupsOfTheirOwn) {
  const Table some = table("g,x\na,1\na,2\n,3\n,4\n");
  std::set<Rows> drawn;
  for (std::uint64_t seed = 0; seed < 30; ++seed)
    drawn.insert(split_rows(some, {.way = SplitWay::group, .fraction = 0.25, .seed = seed, .column = "g"}).validation);
  EXPECT_TRUE(drawn.contains(Rows{2}));
  EXPECT_TRUE(drawn.contains(Rows{3}));
  EXPECT_FALSE(drawn.contains(Rows{2, 3}));
}

TEST_F(TableSplit, TheLatestRowsValidate) {
  const Table days = table("when,x\n2024-03-01,1\n2024-01-01,2\n2024-05-01,3\n2024-02-01,4\n2024-04-01,5\n");
  const RowSplit split = split_rows(days, {.way = SplitWay::time, .fraction = 0.4, .column = "when"});
  EXPECT_EQ(split.validation, (Rows{2, 4}));
  EXPECT_EQ(split.train, (Rows{0, 1, 3}));
  const RowSplit by_number = split_rows(days, {.way = SplitWay::time, .fraction = 0.2, .column = "x"});
  EXPECT_EQ(by_number.validation, (Rows{4}));
}

TEST_F(TableSplit, RowsOfTheSameTimeStayTogether) {
  const Table days = table("when,x\n2024-01-02,1\n2024-01-01,2\n2024-01-02,3\n2024-01-01,4\n2024-01-02,5\n");
  EXPECT_EQ(split_rows(days, {.way = SplitWay::time, .fraction = 0.2, .column = "when"}).validation, (Rows{0, 2, 4}));
  EXPECT_EQ(split_rows(days, {.way = SplitWay::time, .fraction = 0.9, .column = "when"}).validation, (Rows{0, 2, 4}))
      << "the earliest time always trains";
}

TEST_F(TableSplit, ClassesKeepTheirSharesAndRandomRowsDoNot) {
  std::string text = "x,kind\n";
  for (int r = 0; r < 100; ++r) text += std::to_string(r) + (r < 90 ? ",often\n" : ",seldom\n");
  const Table kinds = table(text, "kind");
  const auto seldom = [](const RowSplit& split) {
    return std::count_if(split.validation.begin(), split.validation.end(), [](std::int64_t r) { return r >= 90; });
  };
  std::set<std::int64_t> random;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const RowSplit split = split_rows(kinds, {.way = SplitWay::stratified, .seed = seed, .target = "kind"});
    EXPECT_EQ(split.validation.size(), 20U);
    EXPECT_EQ(seldom(split), 2);
    random.insert(seldom(split_rows(kinds, {.way = SplitWay::random, .seed = seed, .target = "kind"})));
  }
  EXPECT_GT(random.size(), 1U);
}

TEST_F(TableSplit, ATableAndItsDatasetAreSplitAlike) {
  std::string text = "x,y\n";
  for (int r = 0; r < 50; ++r) text += std::to_string(r) + "," + std::to_string((r * 13 + r / 7) % 3) + "\n";
  const Table numbers = table(text, "y");
  const Dataset data = read_csv(folder.file("t.csv"), {.target = {"y"}});
  for (const SplitWay way : {SplitWay::last, SplitWay::stratified, SplitWay::random}) {
    const SplitOptions options{.way = way, .fraction = 0.3, .seed = 5, .target = "y"};
    EXPECT_EQ(split_rows(numbers, options).validation, split_rows(data, options).validation);
  }
}

TEST_F(TableSplit, SelectedRowsKeepEverythingElse) {
  const Table mixed = table("when,x,g\n2024-01-03,1,b\n,,a\n2024-01-01,3,\n");
  const Table part = select_rows(mixed, Rows{2, 1});
  EXPECT_EQ(part.rows, 2);
  EXPECT_EQ(part.column("g").levels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(part.column("g").missing, 1);
  EXPECT_EQ(part.column("x").missing, 1);
  EXPECT_EQ(part.values.row(0)[part.column("x").place], 3.0F);
  EXPECT_EQ(part.values.row(1)[part.column("g").place], 0.0F);
  EXPECT_EQ(part.dates[0][0], mixed.dates[0][2]);
  EXPECT_TRUE(std::isnan(part.dates[0][1]));
  EXPECT_EQ(part.column("when").missing, 1);
}

TEST_F(TableSplit, PartsAreEvenAndKeepClassesAndGroups) {
  std::string text = "g,y\n";
  for (int r = 0; r < 103; ++r) text += std::to_string(r / 4) + "," + std::to_string(r % 10 == 0 ? 1 : 0) + "\n";
  const Table rows = table(text, "y");
  const auto count = [&](const std::vector<std::uint8_t>& parts, int part, bool seldom) {
    std::int64_t found = 0;
    for (std::int64_t r = 0; r < rows.rows; ++r) found += parts[r] == part && (!seldom || r % 10 == 0) ? 1 : 0;
    return found;
  };
  const std::vector<std::uint8_t> parts = fold_rows(rows, {.way = SplitWay::stratified, .seed = 3, .target = "y"}, 5);
  for (int part = 0; part < 5; ++part) {
    EXPECT_NEAR(count(parts, part, false), 103 / 5.0, 1);
    EXPECT_NEAR(count(parts, part, true), 11 / 5.0, 1);
  }
  EXPECT_EQ(parts, fold_rows(rows, {.way = SplitWay::stratified, .seed = 3, .target = "y"}, 5));
  EXPECT_NE(parts, fold_rows(rows, {.way = SplitWay::stratified, .seed = 4, .target = "y"}, 5));
  const std::vector<std::uint8_t> grouped = fold_rows(rows, {.way = SplitWay::group, .column = "g"}, 5);
  for (std::int64_t r = 0; r < rows.rows; ++r) EXPECT_EQ(grouped[r], grouped[r / 4 * 4]);
  for (int part = 0; part < 5; ++part) EXPECT_NEAR(count(grouped, part, false), 103 / 5.0, 4);
}

TEST_F(TableSplit, RefusesParts) {
  const Table rows = table("g,x\na,1\na,2\nb,3\n");
  const auto parts = [&](SplitWay way, std::int64_t count) {
    return fold_rows(rows, {.way = way, .column = "g"}, count);
  };
  expect_error(ErrorKind::usage, {"last holds out one part", "stratified"}, [&] { return parts(SplitWay::last, 2); });
  expect_error(ErrorKind::usage, {"1 part of the rows", "2 to 100"}, [&] { return parts(SplitWay::random, 1); });
  expect_error(ErrorKind::usage, {"4 parts of 3 rows", "4 rows or more, or fewer parts"},
               [&] { return parts(SplitWay::random, 4); });
  expect_error(ErrorKind::usage, {"2 groups for 3 parts"}, [&] { return parts(SplitWay::group, 3); });
}

TEST_F(TableSplit, Refuses) {
  const Table days = table("when,x,g\n2024-01-03,1,b\n,2,a\n2024-01-01,3,c\n");
  const auto split = [](const Table& rows, SplitWay way, const std::string& column, double fraction = 0.3) {
    return split_rows(rows, {.way = way, .fraction = fraction, .column = column});
  };
  expect_error(ErrorKind::usage, {"[split] no column, expected the one to split by group"},
               [&] { return split(days, SplitWay::group, ""); });
  expect_error(ErrorKind::usage, {"'whne'", "did you mean 'when'?"},
               [&] { return split(days, SplitWay::time, "whne"); });
  expect_error(ErrorKind::usage, {"column 'g'", "is a category", "expected dates or numbers"},
               [&] { return split(days, SplitWay::time, "g"); });
  expect_error(ErrorKind::data, {"column 'when'", "1 row without a time", "row 2"},
               [&] { return split(days, SplitWay::time, "when"); });
  expect_error(ErrorKind::usage, {"fraction is 1"}, [&] { return split(days, SplitWay::random, "", 1); });
  const Table same = table("g,x\na,1\na,1\na,1\n");
  expect_error(ErrorKind::usage, {"leaves 0 rows for training", "there is a single group"},
               [&] { return split(same, SplitWay::group, "g"); });
  expect_error(ErrorKind::usage, {"all rows have the same time"}, [&] { return split(same, SplitWay::time, "x"); });
  expect_error(ErrorKind::usage, {"row number 3 of 3 rows", "0 to 2"}, [&] { return select_rows(same, Rows{3}); });
  const Dataset data = read_csv(folder.file("t.csv"), {.ignore = {"g"}});
  expect_error(ErrorKind::usage, {"features and targets only"},
               [&] { return split_rows(data, {.way = SplitWay::group, .column = "g"}); });
  expect_error(ErrorKind::usage, {"no row numbers"}, [&] { return select_rows(data, Rows{}); });
}

}  // namespace
}  // namespace millrace
