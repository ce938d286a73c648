// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>
#include <span>
#include <vector>

namespace millrace {
namespace {

// Known answers of the reference implementation (Random123, kat_vectors, philox4x32 10 rounds).
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, ADrawDependsOnlyOnItsNumber) {
  Random in_order(42, RandomStream::dropout, 7);
  const auto stream = static_cast<std::uint32_t>(RandomStream::dropout);
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(in_order.bits(), philox({i / 4, 0, 7, stream}, {42, 0})[i % 4]);
}

// Numbers of blocks that fill the vectorised groups, and numbers that do not.
TEST(Philox, GroupsOfBlocksHaveTheBitsOfSingleBlocks) {
  const std::array<std::uint32_t, 4> first{0xfffffff0, 5, 7, 3};  // the first word wraps around
  const std::array<std::uint32_t, 2> key{11, 13};
  for (const std::size_t count : {1U, 4U, 9U, 63U, 64U, 65U, 256U, 257U, 700U}) {
    std::vector<std::uint32_t> bits(count + 1, 99);
    philox_blocks(first, key, std::span(bits).first(count));
    for (std::uint32_t i = 0; i < count; ++i)
      ASSERT_EQ(bits[i], philox({first[0] + i / 4, 5, 7, 3}, key)[i % 4]) << i << " of " << count;
    EXPECT_EQ(bits[count], 99U);
  }
}

TEST(Random, FillGivesTheBitsOfSingleDraws) {
  Random one_by_one(6, RandomStream::noise), many(6, RandomStream::noise);
  for (const std::size_t count : {3U, 1U, 2U, 300U, 5U, 64U, 1000U}) {
    std::vector<std::uint32_t> bits(count);
    many.fill(bits);
    for (const std::uint32_t drawn : bits) ASSERT_EQ(drawn, one_by_one.bits());
    EXPECT_EQ(many.bits(), one_by_one.bits());
  }
}

TEST(Random, StreamsSeedsAndIdsDiffer) {
  std::set<std::uint32_t> first;
  for (const RandomStream stream :
       {RandomStream::initial_weights, RandomStream::shuffle, RandomStream::dropout, RandomStream::split}) {
    for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 40}) {
      for (const std::uint64_t id : {0ULL, 1ULL, 1ULL << 40})
        EXPECT_TRUE(first.insert(Random(seed, stream, id).bits()).second);
    }
  }
}

TEST(Random, DrawsHaveTheMomentsOfTheirDistribution) {
  Random random(1, RandomStream::noise);
  constexpr int count = 200000;
  double uniform = 0, normal = 0, square = 0;
  for (int i = 0; i < count; ++i) {
    const float u = random.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    uniform += static_cast<double>(u);
    const double n = random.normal();
    normal += n;
    square += n * n;
  }
  EXPECT_NEAR(uniform / count, 0.5, 0.005);
  EXPECT_NEAR(normal / count, 0, 0.01);
  EXPECT_NEAR(square / count, 1, 0.02);
}

TEST(Random, ShufflesByDrawsBelow) {
  for (const std::int64_t size : {2, 5, 1000, 3333}) {
    std::vector<std::int64_t> items(size), expected;
    std::iota(items.begin(), items.end(), 0);
    expected = items;
    Random random(8, RandomStream::shuffle);
    shuffle(items, random);
    for (std::size_t i = expected.size(); i > 1; --i) std::swap(expected[i - 1], expected[random.below(i)]);
    EXPECT_EQ(items, expected);
  }
}

TEST(Random, BelowIsUniformAndInRange) {
  Random random(2, RandomStream::noise);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) counts[random.below(7)] += 1;
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(Shuffle, IsAPermutationThatDependsOnTheGenerator) {
  std::vector<std::int64_t> items(1000), same(1000), other(1000);
  std::iota(items.begin(), items.end(), 0);
  same = other = items;
  shuffle(items, Random(1, RandomStream::shuffle, 3));
  shuffle(same, Random(1, RandomStream::shuffle, 3));
  shuffle(other, Random(1, RandomStream::shuffle, 4));
  EXPECT_EQ(items, same);
  EXPECT_NE(items, other);
  EXPECT_EQ(std::set<std::int64_t>(items.begin(), items.end()).size(), 1000U);
}

}  // namespace
}  // namespace millrace
