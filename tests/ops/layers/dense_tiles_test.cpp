// SPDX-License-Identifier: Apache-2.0
#include "ops/layers/dense_tiles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/parts.hpp"
namespace millrace {
namespace {

TEST(DenseTiles, CoverEveryWeightOnce) {
  for (const std::int64_t inputs : {1, 7, 30, 64, 400, 784}) {
    for (const std::int64_t units : {1, 10, 25, 64, 100, 513}) {
      for (const auto& [batch, layout] : {std::pair{1, Layout::rows},
                                          {32, Layout::panels},
                                          {500, Layout::panels},
                                          {500, Layout::rows},
                                          {8192, Layout::panels},
                                          {8192, Layout::rows}}) {
        const std::int64_t shards = std::max(1, batch / 64);
        std::vector<int> kernel(inputs * units), bias(units);
        for (const GradientTile& tile : dense_tiles(inputs, units, batch, shards, true, layout)) {
          std::int64_t used = 0;
          for (const GradientBlock& block : tile.blocks) {
            ASSERT_GE(block.offset, used) << "blocks overlap in the tile's memory";
            ASSERT_TRUE(block.stride >= block.columns.size() || (block.parameter == 0 && layout == Layout::panels));
            ASSERT_TRUE(block.stride > 0 || block.columns.begin % panel_columns == 0);
            used = 1 + block.place(block.rows.end - 1, block.columns.end - 1);
            ASSERT_LE(used, tile.floats);
            for (std::int64_t r = block.rows.begin; r < block.rows.end; ++r) {
              for (std::int64_t c = block.columns.begin; c < block.columns.end; ++c)
                (block.parameter == 0 ? kernel : bias)[r * units + c] += 1;
            }
          }
          ASSERT_GE(tile.slices, 1);
          ASSERT_EQ(tile.slices, tile.by_shard ? shards : tile.slices);
          ASSERT_LE(tile.slices, batch);
          std::int64_t rows = 0;
          for (std::int64_t s = 0; s < tile.slices; ++s) {
            ASSERT_EQ(even_part(batch, tile.slices, s).begin, rows);
            rows = even_part(batch, tile.slices, s).end;
          }
          ASSERT_EQ(rows, batch);
        }
        for (const int count : kernel) ASSERT_EQ(count, 1) << inputs << "x" << units << " batch " << batch;
        for (const int count : bias) ASSERT_EQ(count, 1);
      }
    }
  }
}

TEST(DenseTiles, LeaveTheBiasOutWhereThereIsNone) {
  for (const GradientTile& tile : dense_tiles(100, 10, 32, 1, false)) EXPECT_EQ(tile.blocks.size(), 1U);
}

TEST(DenseTiles, SmallLayersWithLargeBatchesAreSliced) {
  EXPECT_GT(dense_tiles(64, 32, 8192, 64, true).front().slices, 1);
  EXPECT_EQ(dense_tiles(2048, 2048, 512, 8, true).front().slices, 1);
}

TEST(DenseTiles, LayersSmallerThanAShardsRowsAreMadeByShard) {
  const auto tiles = dense_tiles(30, 64, 256, 4, true);
  ASSERT_EQ(tiles.size(), 1U);
  EXPECT_TRUE(tiles[0].by_shard);
  EXPECT_EQ(tiles[0].slices, 4);
  EXPECT_FALSE(dense_tiles(30, 64, 64, 1, true).front().by_shard) << "one shard has nothing to add";
  EXPECT_FALSE(dense_tiles(400, 25, 32, 2, true).front().by_shard)
      << "more weights than the rows of a shard have values";
  EXPECT_FALSE(dense_tiles(64, 32, 8192, 128, true).front().by_shard) << "too many parts to add";
}

}  // namespace
}  // namespace millrace
