// SPDX-License-Identifier: Apache-2.0
//
// The sum of the gradients of all slices, over ranks that are threads, in buckets of any size and by both ways: it has the
// bits of one process that adds them in the order of the tree.
#include "step/gradient_sum.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "cluster/ranks_of_threads.hpp"
#include "step/pairwise_tree.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

const TestNetwork& network() {
  static const TestNetwork made = chain_of({"dense:270:relu", "dense:133:relu", "dense:5"}, 137);
  return made;
}

// With the small ones all ranks add whole buckets, with the others parts of them, but for two ranks of a node each.
constexpr std::int64_t sizes_of_buckets[] = {1, 300, 20000, one_bucket};

TEST(SumWay, AllAddWholeBucketsWhereThatSendsLittleMore) {
  constexpr std::int64_t large = std::int64_t{256} << 10, small = std::int64_t{4} << 10;
  EXPECT_TRUE(way_of_sum(2, 1, large, 100).by_all);
  EXPECT_TRUE(way_of_sum(4, 1, small, 1).by_all);
  EXPECT_FALSE(way_of_sum(3, 1, large, 100).by_all);
  EXPECT_FALSE(way_of_sum(2, 2, large, 100).by_all) << "each would send two nodes";
  EXPECT_FALSE(way_of_sum(64, 1, small, 1).by_all);
  EXPECT_EQ(way_of_sum(2, 1, large, 100).delay, 0);
  EXPECT_GT(way_of_sum(2, 1, large, 100).ahead, 2);
  EXPECT_EQ(way_of_sum(3, 1, large, 100).delay, 2);
  EXPECT_EQ(way_of_sum(3, 1, large, 1).delay, 1);
}

// [slices x floats]
std::vector<float> gradients(std::int64_t slices, std::int64_t floats) {
  Random random(4, RandomStream::noise);
  std::vector<float> all(static_cast<std::size_t>(slices * floats));
  for (float& value : all) value = static_cast<float>(random.normal());
  return all;
}

// What every rank gets, or the error of a rank.
std::vector<std::vector<float>> sums(int ranks, std::int64_t slices, std::int64_t floats_of_bucket, Wire wire,
                                     int steps = 1) {
  const ParameterStore store(network());
  std::vector<std::vector<float>> results(static_cast<std::size_t>(ranks));
  const std::vector<std::string> errors = for_ranks(ranks, [&](Cluster& cluster) {
    Ranks own(&cluster);
    const GradientPlaces places(network(), store, floats_of_bucket);
    const SlicesOfRanks shares(slices, ranks, own.rank());
    const std::vector<float> all = gradients(slices, places.floats());
    GradientSum sum(places, ceil_div(slices, ranks), wire, own);
    Crew crew(1);
    const Phases phases(crew, nullptr, nullptr, &own);
    for (int step = 0; step < steps; ++step) {
      for (std::int64_t i = 0; i < shares.owned().size(); ++i)
        std::copy_n(all.data() + (shares.owned().begin + i) * places.floats(), places.floats(), sum.of_slice(i));
      sum.begin(shares);
      const std::int64_t buckets = std::ssize(places.buckets());
      for (std::int64_t bucket = 0; bucket < buckets; ++bucket) {
        sum.add(phases, bucket);
        static_cast<void>(sum.advance(phases));
      }
      while (sum.advance(phases) < buckets) own.wait();
      EXPECT_EQ(own.under_way(), 0);
    }
    results[own.rank()].assign(sum.sum(), sum.sum() + places.floats());
  });
  for (const std::string& error : errors) EXPECT_EQ(error, "");
  return results;
}

TEST(GradientSum, HasTheBitsOfOneProcessInAnyBuckets) {
  const ParameterStore store(network());
  const std::int64_t floats = GradientPlaces(network(), store, one_bucket).floats();
  for (const std::int64_t slices : {6, 7, 13}) {
    std::vector<float> expected(static_cast<std::size_t>(floats));
    add_tile_slices(gradients(slices, floats).data(), slices, floats, expected.data(), floats);
    for (const std::int64_t floats_of_bucket : sizes_of_buckets)
      for (const int ranks : {1, 2, 3, 4, 6})
        for (const std::vector<float>& found : sums(ranks, slices, floats_of_bucket, Wire::fp32))
          EXPECT_TRUE(found == expected) << ranks << " ranks, " << slices << " slices, buckets of " << floats_of_bucket;
  }
}

// Rounded where nothing travels, too: with one slice and with one process.
TEST(GradientSum, OfRoundedNumbersHasTheSameBitsForAnyRanks) {
  for (const std::int64_t slices : {6, 7, 13}) {
    const std::vector<float> expected = sums(1, slices, one_bucket, Wire::bfloat16)[0];
    const std::vector<float> exact = sums(1, slices, one_bucket, Wire::fp32)[0];
    double error = 0, size = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(expected[i]) & 0xFFFF, 0U);
      error += std::abs(static_cast<double>(expected[i] - exact[i]));
      size += std::abs(static_cast<double>(exact[i]));
    }
    EXPECT_GT(error, 0);
    EXPECT_LT(error, size / 128);
    for (const std::int64_t floats_of_bucket : {std::int64_t{300}, std::int64_t{20000}, one_bucket})
      for (const int ranks : {2, 3, 4, 6})
        for (const std::vector<float>& found : sums(ranks, slices, floats_of_bucket, Wire::bfloat16))
          EXPECT_TRUE(found == expected) << ranks << " ranks, " << slices << " slices, buckets of " << floats_of_bucket;
  }
  const std::vector<float> of_one = sums(1, 1, one_bucket, Wire::bfloat16)[0];
  for (const std::vector<float>& found : sums(3, 1, 300, Wire::bfloat16)) EXPECT_TRUE(found == of_one);
}

TEST(GradientSum, TheMemoryOfAStepServesTheNext) {
  for (const std::int64_t floats_of_bucket : {300, 20000})
    for (const Wire wire : {Wire::fp32, Wire::bfloat16})
      EXPECT_EQ(sums(3, 7, floats_of_bucket, wire, 3), sums(3, 7, floats_of_bucket, wire));
}

TEST(GradientPlaces, BucketsTileTheGradientAndItsUpdates) {
  const ParameterStore store(network());
  for (const std::int64_t floats_of_bucket : sizes_of_buckets) {
    const GradientPlaces places(network(), store, floats_of_bucket);
    std::int64_t floats = 0, updates = 0;
    for (std::int64_t i = 0; i < std::ssize(places.buckets()); ++i) {
      const Bucket& bucket = places.buckets()[i];
      ASSERT_EQ(bucket.floats.begin, floats);
      ASSERT_EQ(bucket.updates.begin, updates);
      ASSERT_GT(bucket.updates.size(), 0);
      EXPECT_EQ(bucket.floats.begin % 2, 0) << "pairs of rounded numbers";
      EXPECT_EQ(places.updates()[updates].offset, bucket.floats.begin);
      EXPECT_EQ(places.bucket_of(bucket.floats.begin), i);
      EXPECT_EQ(places.bucket_of(bucket.floats.end - 1), i);
      floats = bucket.floats.end;
      updates = bucket.updates.end;
    }
    EXPECT_EQ(floats, places.floats());
    EXPECT_EQ(updates, std::ssize(places.updates()));
  }
}

TEST(GradientPlaces, ManyWorkersHaveFewBuckets) {
  const ParameterStore store(network());
  EXPECT_EQ(std::ssize(GradientPlaces(network(), store, 1000, 4).buckets()), 4);
  EXPECT_EQ(std::ssize(GradientPlaces(network(), store, 1000, 1).buckets()), 1);
  EXPECT_GT(most_buckets(25, 1), 1000) << "one worker waits for none";
  EXPECT_EQ(most_buckets(25, 2), 4);
  EXPECT_EQ(most_buckets(25, 32), 1);
}

}  // namespace
}  // namespace millrace::test
