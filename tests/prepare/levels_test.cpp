// SPDX-License-Identifier: Apache-2.0
#include "prepare/levels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "support/expect_error.hpp"

namespace millrace {
namespace {

TEST(Levels, GiveEachLevelASlotAndTheFirstToLevelsNeverSeen) {
  const Levels levels({{"blue", 5}, {"red", 7}}, 0, {.rare = 0, .buckets = 100});
  EXPECT_EQ(levels.slot_names(), (std::vector<std::string>{"(never seen)", "blue", "red"}));
  EXPECT_EQ(levels.slot("blue"), 1);
  EXPECT_EQ(levels.slot("red"), 2);
  EXPECT_EQ(levels.slot("green"), 0);
  EXPECT_EQ(levels.missing_slot(), 0) << "no training row was without a value";
}

TEST(Levels, GiveMissingValuesASlotIfTrainingHadAny) {
  const Levels levels({{"blue", 5}}, 2, {.rare = 0, .buckets = 100});
  EXPECT_EQ(levels.slot_names(), (std::vector<std::string>{"(never seen)", "(missing)", "blue"}));
  EXPECT_EQ(levels.missing_slot(), 1);
}

// Quoted cells of files may have them; texts in memory do not.
TEST(Levels, AreFoundWithoutTheBlanksAroundThem) {
  const Levels levels({{" blue", 5}, {"red ", 7}, {"red", 8}}, 0, {.rare = 0, .buckets = 100});
  EXPECT_EQ(levels.slot(" blue"), 1);
  EXPECT_EQ(levels.slot("blue"), 1);
  EXPECT_EQ(levels.slot("red"), 2);
  EXPECT_EQ(levels.slot("red "), 3);
  EXPECT_EQ(levels.slot("blue "), 0) << "blanks of the asked text are cut where texts come in";
}

TEST(Levels, PutRareLevelsTogether) {
  const Levels levels({{"a", 1}, {"b", 9}, {"c", 2}}, 0, {.rare = 3, .buckets = 100});
  EXPECT_EQ(levels.slots(), 3);
  EXPECT_EQ(levels.slot("a"), levels.slot("c"));
  EXPECT_NE(levels.slot("a"), levels.slot("b"));
  EXPECT_NE(levels.slot("a"), 0);
}

TEST(Levels, ShareBucketsBeyondTheLimit) {
  std::map<std::string, std::int64_t> counts;
  for (int i = 0; i < 100; ++i) counts["level" + std::to_string(i)] = 10;
  const Levels levels(counts, 0, {.rare = 3, .buckets = 8});
  EXPECT_EQ(levels.slots(), 9);
  std::set<std::int64_t> used;
  for (const auto& [level, count] : counts) used.insert(levels.slot(level));
  EXPECT_EQ(used.size(), 8U);
  EXPECT_FALSE(used.contains(0));
}

TEST(Levels, GiveWholeNumbersTheBucketOfTheirRemainder) {
  std::map<std::string, std::int64_t> counts;
  for (int i = 0; i < 100; ++i) counts[std::to_string(i)] = 10;
  const Levels levels(counts, 1, {.rare = 3, .buckets = 8});
  EXPECT_EQ(levels.slots(), 10);
  EXPECT_EQ(levels.slot("3"), levels.slot("11"));
  EXPECT_EQ(levels.slot(1e6), levels.slot("0")) << "never seen, and has a bucket all the same";
  EXPECT_EQ(levels.slot(-1.0), levels.slot("7"));
  for (const double never : {2.7, -0.5, 1e30}) EXPECT_EQ(levels.slot(never), 0) << never;
}

TEST(Levels, MatchWholeNumbersByValue) {
  const Levels levels({{"7", 5}, {"-1", 5}}, 1, {.rare = 0, .buckets = 100});
  EXPECT_TRUE(levels.are_numbers());
  EXPECT_EQ(levels.slot("7.0"), levels.slot("7"));
  EXPECT_EQ(levels.slot(7.0), levels.slot("7"));
  EXPECT_EQ(levels.slot(std::nan("")), levels.missing_slot());
  for (const double never : {2.7, -0.5, 1e30, 8.0}) EXPECT_EQ(levels.slot(never), 0) << never;
}

TEST(Levels, AreTextsIfOneIsNoWholeNumber) {
  const Levels levels({{"1", 5}, {"1.5", 5}}, 0, {.rare = 0, .buckets = 100});
  EXPECT_FALSE(levels.are_numbers());
  EXPECT_EQ(levels.slot("1.50"), 0);
}

TEST(Levels, RefuseSlotsThatDoNotExist) {
  test::expect_error(ErrorKind::usage, {"expected one of 1"},
                     [] { static_cast<void>(Levels({"(never seen)"}, 0, {"a"}, {1}, {})); });
  test::expect_error(ErrorKind::usage, {"slots of a category"},
                     [] { static_cast<void>(Levels({"(never seen)"}, 2, {}, {}, {})); });
  test::expect_error(ErrorKind::usage, {"sorted"}, [] { static_cast<void>(Levels({"x"}, 0, {"b", "a"}, {0, 0}, {})); });
}

}  // namespace
}  // namespace millrace
