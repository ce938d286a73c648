// SPDX-License-Identifier: Apache-2.0
#include "ops/layers/dense_tiles.hpp"

#include <algorithm>
#include <cmath>

#include "base/buffer.hpp"
#include "base/vectorize.hpp"
#include "kernels/panels.hpp"

namespace millrace {

namespace {

// sums[columns] = the sum over `rows` rows. It adds four rows at a time, because loading and storing the sums would
// take most of the time otherwise.
MILLRACE_INLINE void column_sums(const float* values, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                                 float* sums) {
  for (std::int64_t c = 0; c < columns; ++c) sums[c] = 0;
  std::int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float *a = values + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
    for (std::int64_t i = 0; i < columns; ++i) sums[i] += (a[i] + b[i]) + (c[i] + d[i]);
  }
  for (; r < rows; ++r) {
    const float* row = values + r * stride;
    for (std::int64_t c = 0; c < columns; ++c) sums[c] += row[c];
  }
}

constexpr std::int64_t third_cache_floats = 1 << 22;  // 16 MiB

// A job should take at least a few microseconds, because giving it out costs about one. Work is counted in
// multiply-adds at the rate of one current core. An optimizer's update of one weight costs as much as 30 multiply-adds.
constexpr double job_work = 300e3, update_work = 30;
// More than a few jobs for a layer pay only if each has tens of microseconds of work. More than a few tens of jobs
// balance no better.
constexpr double few_jobs = 8, large_job_work = 4e6, most_jobs = 64;
// A larger tile's gradient leaves the core's cache before the update; a smaller tile's product is less efficient.
constexpr std::int64_t largest_rows = 128, largest_columns = 512, smallest_rows = 32;
// A slice needs enough work to be worth the addition of its partial gradient.
constexpr double slice_work = 1e6;
constexpr std::int64_t smallest_slice = 128, most_slices = 32;

// A shard's rows are in the cache of the core that ran it. If they are larger than the kernel, it is cheaper to compute
// the shard's part of the gradient there and to add the parts later than to fetch all rows again in the weight phase.
bool made_by_shard(std::int64_t inputs, std::int64_t units, std::int64_t batch, std::int64_t shards) {
  if (shards < 2 || shards > most_slices) return false;
  return inputs * units <= (inputs + units) * (batch / shards);
}

// Rows and columns of a tile, and the number of slices of the batch for it.
struct Cut {
  std::int64_t rows, columns, slices;
};

Cut cut(std::int64_t inputs, std::int64_t units, std::int64_t batch) {
  const double area = static_cast<double>(inputs) * static_cast<double>(units);
  const double work = area * (static_cast<double>(batch) + update_work);
  const double wanted =
      std::clamp(std::floor(work / job_work), 1.0, std::clamp(std::floor(work / large_job_work), few_jobs, most_jobs));

  const std::int64_t column_parts = ceil_div(units, largest_columns);
  const std::int64_t columns = column_parts == 1 ? units : round_up(ceil_div(units, column_parts), 64);
  const auto row_parts_wanted = static_cast<std::int64_t>(std::ceil(wanted / static_cast<double>(column_parts)));
  const std::int64_t row_parts = std::clamp(row_parts_wanted, ceil_div(inputs, largest_rows),
                                            std::max(ceil_div(inputs, largest_rows), inputs / smallest_rows));
  const std::int64_t rows = row_parts == 1 ? inputs : round_up(ceil_div(inputs, row_parts), 8);

  const double tiles =
      std::ceil(static_cast<double>(inputs) / static_cast<double>(rows)) * static_cast<double>(column_parts);
  if (tiles >= most_slices) return {rows, columns, 1};
  const auto slices_wanted = static_cast<std::int64_t>(work / tiles / slice_work);
  return {rows, columns, std::clamp<std::int64_t>(std::min(slices_wanted, batch / smallest_slice), 1, most_slices)};
}

}  // namespace

std::vector<GradientTile> dense_tiles(std::int64_t inputs, std::int64_t units, std::int64_t batch, std::int64_t shards,
                                      bool bias, Layout layout) {
  const bool panels = layout == Layout::panels;
  const bool by_shard = made_by_shard(inputs, units, batch, shards);
  const auto [rows, columns, slices] = by_shard ? Cut{inputs, units, shards} : cut(inputs, units, batch);
  std::vector<GradientTile> result;
  for (std::int64_t row = 0; row < inputs; row += rows) {
    for (std::int64_t column = 0; column < units; column += columns) {
      GradientTile tile;
      tile.slices = slices;
      tile.by_shard = by_shard;
      const IndexRange tile_rows{row, std::min(inputs, row + rows)},
          tile_columns{column, std::min(units, column + columns)};
      const std::int64_t stride = round_up(tile_columns.size(), cache_line_floats);
      tile.blocks.push_back({.parameter = 0,
                             .rows = tile_rows,
                             .columns = tile_columns,
                             .offset = 0,
                             .stride = panels ? 0 : tile_columns.size()});
      tile.floats = panels ? panel_floats(tile_rows.size(), tile_columns.size())
                           : round_up(tile_rows.size() * tile_columns.size(), cache_line_floats);
      if (bias && row == 0) {
        tile.blocks.push_back(
            {.parameter = 1, .rows = {0, 1}, .columns = tile_columns, .offset = tile.floats, .stride = stride});
        tile.floats += stride;
      }
      result.push_back(std::move(tile));
    }
  }
  return result;
}

void add_up_columns(const float* values, std::int64_t stride, std::int64_t rows, std::int64_t columns, float* sums) {
  vectorized<column_sums>(values, stride, rows, columns, sums);
}

std::vector<PanelRows> touched_by_update(const ParameterStorage& weights, const GradientBlock& block) {
  std::vector<PanelRows> result;
  if (weights.layout.layout != Layout::panels) return result;
  const std::int64_t first = panel_offset(weights.rows, weights.columns, 0, block.columns.begin);
  result.push_back({weights.data + first, weights.rows, block.rows.begin});
  // Weights that a single core writes, and that fit into the third cache, need no prefetch.
  const auto floats = static_cast<std::int64_t>(1 + weights.state.size()) * weights.rows * weights.columns;
  for (const float* state : weights.state) {
    if (floats > third_cache_floats && result.size() < most_updated_next)
      result.push_back({state + first, weights.rows, block.rows.begin});
  }
  return result;
}

}  // namespace millrace
