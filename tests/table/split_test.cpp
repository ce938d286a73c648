// SPDX-License-Identifier: Apache-2.0
#include "millrace/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "support/expect_error.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::targets_of;
using Rows = std::vector<std::int64_t>;

// Row i has the feature i and the target given for it; the set views arrays that live as long as the test.
struct Numbered {
  explicit Numbered(std::vector<float> targets) : x(targets.size()), y(std::move(targets)) {
    std::iota(x.begin(), x.end(), 0.0F);
    data = Dataset::view(x, 1, y);
  }
  std::vector<float> x, y;
  Dataset data;
};

Rows positions(const Dataset& part) {
  Rows rows;
  for (const auto& row : test::features_of(part)) rows.push_back(static_cast<std::int64_t>(row[0]));
  return rows;
}

Rows range(std::int64_t from, std::int64_t to) {
  Rows rows(static_cast<std::size_t>(to - from));
  std::iota(rows.begin(), rows.end(), from);
  return rows;
}

std::map<float, int> counts(const Dataset& part) {
  std::map<float, int> result;
  for (const float target : targets_of(part)) ++result[target];
  return result;
}

TEST(SplitLast, CutsWhereKerasCuts) {
  // Python's math.floor(n * (1.0 - f)). From 100 x 0.34 on, exact arithmetic would keep one row more for training.
  struct Case {
    std::int64_t rows;
    double fraction;
    std::int64_t cut;
  };
  for (const auto& [rows, fraction, cut] : {Case{10, 0.2, 8}, Case{10, 0.25, 7}, Case{7, 0.5, 3}, Case{3, 0.1, 2},
                                            Case{100, 0.34, 65}, Case{10, 0.8, 1}, Case{100, 0.9, 9}}) {
    const Numbered table{std::vector<float>(static_cast<std::size_t>(rows))};
    const Split parts = split_last(table.data, fraction);
    EXPECT_EQ(positions(parts.train), range(0, cut)) << rows << " " << fraction;
    EXPECT_EQ(positions(parts.validation), range(cut, rows)) << rows << " " << fraction;
  }
}

TEST(SplitLast, TenRowsLessNineTenthsAreNone) {
  const Numbered table{std::vector<float>(10)};
  expect_error(ErrorKind::usage, {"0 rows for training"}, [&] { return split_last(table.data, 0.9); });
}

TEST(SplitLast, FractionZeroLeavesNoValidation) {
  const Numbered table({1, 2, 3});
  for (const Split& parts : {split_last(table.data, 0), split_stratified(table.data, 0, 1)}) {
    EXPECT_EQ(positions(parts.train), range(0, 3));
    EXPECT_EQ(parts.validation.rows(), 0);
  }
}

TEST(Split, CarriesEverythingElseAlong) {
  Numbered table({0, 1, 0, 1, 0});
  table.data.weights = {1, 2, 3, 4, 5};
  table.data.feature_names = {"a"};
  table.data.target_names = {"y"};
  table.data.classes = {"no", "yes"};
  const Split parts = split_last(table.data, 0.4);
  EXPECT_EQ(targets_of(parts.validation), (std::vector<float>{1, 0}));
  EXPECT_EQ(parts.validation.weights[static_cast<std::size_t>(parts.validation.table_row(0))], 4);
  EXPECT_EQ(parts.validation.classes, table.data.classes);
  EXPECT_EQ(parts.train.feature_names, table.data.feature_names);
  EXPECT_EQ(parts.train.features.data, table.x.data()) << "nothing is copied";
}

TEST(Split, OfASplit) {
  const Numbered table({0, 0, 0, 0, 0, 0, 0, 1, 0, 1});
  const Split outer = split_last(table.data, 0.4);
  const Split inner = split_last(outer.validation, 0.5);
  EXPECT_EQ(positions(inner.train), (Rows{6, 7}));
  EXPECT_EQ(positions(inner.validation), (Rows{8, 9}));
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Split drawn = split_stratified(outer.validation, 0.5, seed);
    EXPECT_EQ(counts(drawn.validation), (std::map<float, int>{{0, 1}, {1, 1}}));
    Rows all = positions(drawn.train);
    for (const std::int64_t row : positions(drawn.validation)) all.push_back(row);
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, range(6, 10));
  }
}

TEST(SplitStratified, KeepsTheSharesOfTheClasses) {
  std::vector<float> targets(100, 2);
  for (std::size_t i = 0; i < 30; ++i) targets[3 * i] = 1;
  for (std::size_t i = 0; i < 5; ++i) targets[3 * i + 1] = 7;
  const Numbered table(targets);
  const Split parts = split_stratified(table.data, 0.2, 42);
  EXPECT_EQ(counts(parts.validation), (std::map<float, int>{{1, 6}, {2, 13}, {7, 1}}));
  EXPECT_EQ(counts(parts.train), (std::map<float, int>{{1, 24}, {2, 52}, {7, 4}}));
  const Rows train = positions(parts.train), validation = positions(parts.validation);
  EXPECT_TRUE(std::is_sorted(train.begin(), train.end()) && std::is_sorted(validation.begin(), validation.end()));
  Rows all = train;
  all.insert(all.end(), validation.begin(), validation.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, range(0, 100));
}

TEST(SplitStratified, LargestRemainderGetsTheRest) {
  // 3, 3 and 4 rows, half of 10: exact shares 1.5, 1.5, 2; the five are 2, 1, 2.
  const Numbered table({5, 5, 5, 6, 6, 6, 8, 8, 8, 8});
  EXPECT_EQ(counts(split_stratified(table.data, 0.5, 1).validation), (std::map<float, int>{{5, 2}, {6, 1}, {8, 2}}));
  // A tenth: 0.3, 0.3, 0.4 of one row: the largest class gives it.
  EXPECT_EQ(counts(split_stratified(table.data, 0.1, 1).validation), (std::map<float, int>{{8, 1}}));
  EXPECT_EQ(split_stratified(table.data, 0.001, 1).validation.rows(), 1) << "at least one";
}

TEST(SplitStratified, SeedsDecide) {
  const Numbered table{std::vector<float>(1000, 1)};
  const Rows first = positions(split_stratified(table.data, 0.1, 1).validation);
  EXPECT_EQ(first.size(), 100U);
  EXPECT_EQ(first, positions(split_stratified(table.data, 0.1, 1).validation));
  EXPECT_NE(first, positions(split_stratified(table.data, 0.1, 2).validation));
  EXPECT_NE(first, range(0, 100));
  EXPECT_NE(first, range(900, 1000));
}

TEST(SplitStratified, MeasurementsAreNoClasses) {
  // 40 distinct targets in 40 rows, each would round to 0 or 1: above max(20, 40 / 10), so targets play no part.
  std::vector<float> targets(40);
  std::iota(targets.begin(), targets.end(), 0.5F);
  const Numbered measured(targets);
  const Rows drawn = positions(split_stratified(measured.data, 0.25, 9).validation);
  EXPECT_EQ(drawn.size(), 10U);
  const Numbered constant{std::vector<float>(40, 1)};
  EXPECT_EQ(drawn, positions(split_stratified(constant.data, 0.25, 9).validation)) << "as if all were one class";
  EXPECT_EQ(drawn, positions(split_stratified(Dataset::view(constant.x, 1), 0.25, 9).validation));
}

TEST(SplitStratified, TwentyClassesAreStillClasses) {
  std::vector<float> targets;
  for (int i = 0; i < 80; ++i) targets.push_back(static_cast<float>(i % 20));
  for (const auto& [target, count] : counts(split_stratified(Numbered(targets).data, 0.25, 9).validation)) {
    EXPECT_EQ(count, 1) << target;
  }
}

TEST(SplitStratified, AClassIsAWholeRowOfTargets) {
  const std::vector<float> x(8), y = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1};
  const Split parts = split_stratified(Dataset::view(x, 1, y, 2), 0.5, 4);
  const test::Table drawn = test::table_of(parts.validation, parts.validation.targets);
  EXPECT_EQ(std::set(drawn.begin(), drawn.end()).size(), 4U) << "one of each of the four pairs";
}

TEST(SplitStratified, SignedZerosAreOneClass) {
  // Eight zeros are the largest class and give the one row; as four of each sign they would tie with the ones.
  const Numbered table({1, 1, 1, 1, 0, -0.0F, 0, -0.0F, 0, -0.0F, 0, -0.0F});
  EXPECT_EQ(counts(split_stratified(table.data, 0.1, 1).validation), (std::map<float, int>{{0, 1}}));
}

TEST(Split, Refuses) {
  const Numbered table({1, 2}), one({1});
  for (const double bad : {-0.1, 1.0, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
    expect_error(ErrorKind::usage, {"[split]", "the validation fraction is", "below 1"},
                 [&] { return split_last(table.data, bad); });
    expect_error(ErrorKind::usage, {"[split]"}, [&] { return split_stratified(table.data, bad, 1); });
  }
  expect_error(ErrorKind::usage, {"[split]", "0 rows for training and 1 for validation of 1"},
               [&] { return split_last(one.data, 0.5); });
  expect_error(ErrorKind::usage, {"0 rows for training"}, [&] { return split_stratified(one.data, 0.5, 1); });
  expect_error(ErrorKind::usage, {"2 rows for training and 0 for validation of 2"},
               [&] { return split_last(table.data, 1e-20); });
  expect_error(ErrorKind::usage, {"[split]", " has features and targets only, expected a table"},
               [&] { return split_rows(table.data, {.way = SplitWay::group, .column = "patient"}); });
  expect_error(ErrorKind::usage, {"the data set has no rows"}, [] { return split_last(Dataset{}, 0.5); });
}

}  // namespace
}  // namespace millrace
