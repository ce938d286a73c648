// SPDX-License-Identifier: Apache-2.0
#include "step/pairwise_tree.hpp"

#include <gtest/gtest.h>

#include "base/parts.hpp"
#include "base/random.hpp"

namespace millrace {
namespace {

// Neighbours first, then neighbours of those.
float tree_of(std::vector<float> values) {
  for (std::size_t step = 1; step < values.size(); step *= 2)
    for (std::size_t i = 0; i + step < values.size(); i += 2 * step) values[i] += values[i + step];
  return values[0];
}

TEST(PairwiseTree, AddsTileSlicesAndLeavesThemUnchanged) {
  Random random(3, RandomStream::noise);
  for (std::int64_t slices = 2; slices <= 33; ++slices) {
    for (const std::int64_t floats : {1, 17, 64, 65, 200}) {
      const std::int64_t stride = floats + 3;
      std::vector<float> all(slices * stride);
      for (float& value : all) value = static_cast<float>(random.normal());
      const std::vector<float> before = all;
      std::vector<float> sum(floats + 1, -1);
      add_tile_slices(all.data(), slices, stride, sum.data(), floats);
      EXPECT_EQ(all, before);
      EXPECT_EQ(sum.back(), -1);
      for (std::int64_t i = 0; i < floats; ++i) {
        std::vector<float> column;
        for (std::int64_t s = 0; s < slices; ++s) column.push_back(all[s * stride + i]);
        ASSERT_EQ(sum[i], tree_of(column)) << slices << " slices, number " << i;
      }
    }
  }
}

TEST(PairwiseTree, RanksOwnNodesThatTileTheSlices) {
  for (std::int64_t slices = 1; slices <= 20; ++slices) {
    for (std::int64_t ranks = 1; ranks <= 8; ++ranks) {
      std::int64_t next = 0;
      for (std::int64_t rank = 0; rank < ranks; ++rank) {
        for (const IndexRange node : nodes_within(slices, even_part(slices, ranks, rank))) {
          ASSERT_EQ(node.begin, next);
          ASSERT_GT(node.size(), 0);
          next = node.end;
        }
      }
      ASSERT_EQ(next, slices) << slices << " slices, " << ranks << " ranks";
    }
  }
}

TEST(PairwiseTree, ARankWhoseSlicesAlignHasOneNode) {
  for (const std::int64_t ranks : {1, 2, 4, 8})
    for (std::int64_t rank = 0; rank < ranks; ++rank) EXPECT_EQ(nodes_within(8, even_part(8, ranks, rank)).size(), 1U);
  EXPECT_EQ(nodes_within(8, {2, 5}).size(), 2U);
}

// Each rank adds its nodes, and then somebody adds those of all ranks.
TEST(PairwiseTree, SumsOfSumsHaveTheBitsOfTheSumOfAllSlices) {
  constexpr std::int64_t floats = 700, offset = 5;
  Random random(4, RandomStream::noise);
  for (const std::int64_t slices : {1, 2, 3, 5, 6, 7, 8, 11, 16, 33}) {
    std::vector<float> all(slices * floats);
    for (float& value : all) value = static_cast<float>(random.normal());
    std::vector<float> expected(floats);
    add_tile_slices(all.data(), slices, floats, expected.data(), floats);
    for (const std::int64_t ranks : {1, 2, 3, 4, 6}) {
      std::vector<float> memory = all;
      std::vector<SliceSum> sums;
      for (std::int64_t rank = 0; rank < ranks; ++rank) {
        for (const IndexRange node : nodes_within(slices, even_part(slices, ranks, rank))) {
          std::vector<SliceSum> parts;
          for (std::int64_t s = node.begin; s < node.end; ++s)
            parts.push_back({{s, s + 1}, memory.data() + s * floats});
          float* const sum = memory.data() + node.begin * floats;
          add_batch_slices(parts, node, 0, floats, sum);
          sums.push_back({node, sum});
        }
      }
      // What another rank has sent begins at a later place.
      sums.back().first = offset;
      sums.back().values += offset;
      std::vector<float> sum(floats, -1);
      add_batch_slices(sums, {0, slices}, offset, floats - 2 * offset, sum.data());
      for (std::int64_t i = 0; i < floats; ++i) {
        const bool added = i >= offset && i < floats - offset;
        ASSERT_EQ(sum[i], added ? expected[i] : -1) << slices << " slices, " << ranks << " ranks, place " << i;
      }
    }
  }
}

// As if the slices that have no such row had only zeros.
TEST(PairwiseTree, PartsThatAreMissingAddNothing) {
  constexpr std::int64_t slices = 7, floats = 3;
  Random random(4, RandomStream::noise);
  std::vector<float> all(slices * floats);
  for (float& value : all) value = static_cast<float>(random.normal());
  for (unsigned present = 1; present < 1U << slices; ++present) {
    std::vector<float> with_zeros = all, expected(floats), sum(floats);
    std::vector<SliceSum> parts;
    for (std::int64_t s = 0; s < slices; ++s) {
      if ((present >> s & 1) != 0)
        parts.push_back({{s, s + 1}, all.data() + s * floats});
      else
        std::fill_n(with_zeros.begin() + s * floats, floats, 0.0F);
    }
    add_tile_slices(with_zeros.data(), slices, floats, expected.data(), floats);
    add_batch_slices(parts, {0, slices}, 0, floats, sum.data());
    ASSERT_EQ(sum, expected) << present;
  }
}

}  // namespace
}  // namespace millrace
