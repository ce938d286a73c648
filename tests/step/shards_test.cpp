// SPDX-License-Identifier: Apache-2.0
#include "step/shards.hpp"

#include <gtest/gtest.h>

#include "support/test_network.hpp"

namespace millrace {
namespace {

Network network_of(const std::string& inputs_to_units) {
  return test::chain_of({"dense:" + inputs_to_units, "dense:1"}, 64);
}

TEST(Shards, CoverTheBatchInOrderWithEqualSizes) {
  for (const char* units : {"8", "600", "5000"}) {
    const Network network = network_of(units);
    for (const std::int64_t batch : {1, 2, 31, 32, 100, 512, 4099}) {
      const std::vector<IndexRange> shards = cut_into_shards(network, batch);
      ASSERT_FALSE(shards.empty());
      std::int64_t next = 0;
      for (const IndexRange& shard : shards) {
        EXPECT_EQ(shard.begin, next) << units << " units, batch " << batch;
        EXPECT_LE(shard.size(), shards.front().size());
        next = shard.end;
      }
      EXPECT_EQ(next, batch);
      EXPECT_GT(shards.back().size(), 0);
    }
  }
}

TEST(Shards, AreLongerForLargeWeights) {
  const std::int64_t small = std::ssize(cut_into_shards(network_of("600"), 4096)),
                     large = std::ssize(cut_into_shards(network_of("8000"), 4096));
  EXPECT_EQ(small, 4096 / 32);
  EXPECT_EQ(large, 4096 / 64);
}

}  // namespace
}  // namespace millrace
