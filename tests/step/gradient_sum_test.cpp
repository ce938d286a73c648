// SPDX-License-Identifier: Apache-2.0
//
// The sum of the gradients of all slices, over ranks that are threads and in buckets of any size: it has the bits of one
// process that adds them in the order of the tree.
#include "step/gradient_sum.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "cluster/ranks_of_threads.hpp"
#include "step/slices.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

const TestNetwork& network() {
  static const TestNetwork made = [] {
    NetworkDescription description;
    description.inputs = {{"features", {37}}};
    for (const char* const layer : {"dense:70:relu", "dense:33:relu", "dense:5"})
      description.nodes.push_back({"", parse_layer(layer), {}});
    return TestNetwork(description, 3);
  }();
  return made;
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
    const SliceShares shares(slices, ranks, own.rank());
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
    add_slices(gradients(slices, floats).data(), slices, floats, expected.data(), floats);
    for (const std::int64_t floats_of_bucket : {std::int64_t{1}, std::int64_t{300}, std::int64_t{2000}, one_bucket})
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
    for (const std::int64_t floats_of_bucket : {std::int64_t{300}, one_bucket})
      for (const int ranks : {2, 3, 4, 6})
        for (const std::vector<float>& found : sums(ranks, slices, floats_of_bucket, Wire::bfloat16))
          EXPECT_TRUE(found == expected) << ranks << " ranks, " << slices << " slices, buckets of " << floats_of_bucket;
  }
  const std::vector<float> of_one = sums(1, 1, one_bucket, Wire::bfloat16)[0];
  for (const std::vector<float>& found : sums(3, 1, 300, Wire::bfloat16)) EXPECT_TRUE(found == of_one);
}

TEST(GradientSum, TheMemoryOfAStepServesTheNext) {
  EXPECT_EQ(sums(3, 7, 300, Wire::fp32, 3), sums(3, 7, 300, Wire::fp32));
  EXPECT_EQ(sums(3, 7, 300, Wire::bfloat16, 3), sums(3, 7, 300, Wire::bfloat16));
}

TEST(GradientPlaces, BucketsTileTheGradientAndItsUpdates) {
  const ParameterStore store(network());
  for (const std::int64_t floats_of_bucket : {std::int64_t{1}, std::int64_t{300}, std::int64_t{2000}, one_bucket}) {
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

}  // namespace
}  // namespace millrace::test
