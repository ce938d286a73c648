// SPDX-License-Identifier: Apache-2.0
#include "step/weight_jobs.hpp"

#include <algorithm>

namespace millrace {

namespace {

constexpr std::int64_t reduce_floats = 2048;  // of one reduction, at least two rows: rounding pairs them

class WeightPhasePlanner {
 public:
  WeightPhasePlanner(std::span<const NetworkNode> nodes, std::span<const std::unique_ptr<LayerKernel>> kernels)
      : nodes_(nodes), kernels_(kernels) {}

  WeightJobs plan() {
    jobs_.partials = Buffer(partial_floats());
    jobs_.shard_gradients.resize(kernels_.size());
    float* partial = jobs_.partials.data();
    for (int node = 0; node < std::ssize(kernels_); ++node) {
      const std::span<const GradientTile> tiles = this->tiles(node);
      for (std::int64_t t = 0; t < std::ssize(tiles); ++t) {
        add_gradients(node, t, tiles[t], partial);
        if (tiles[t].slices == 1) continue;
        add_reductions(node, tiles[t], partial);
        partial += tiles[t].slices * tiles[t].floats;
      }
    }
    sort();
    return std::move(jobs_);
  }

 private:
  [[nodiscard]] std::span<const GradientTile> tiles(int node) const {
    return nodes_[node].trainable ? kernels_[node]->tiles() : std::span<const GradientTile>();
  }

  // Also finds the largest gradient that is no partial one.
  std::int64_t partial_floats() {
    std::int64_t floats = 0;
    for (int node = 0; node < std::ssize(kernels_); ++node) {
      for (const GradientTile& tile : tiles(node)) {
        if (tile.slices > 1)
          floats += tile.slices * tile.floats;
        else
          jobs_.tile_floats = std::max(jobs_.tile_floats, tile.floats);
      }
    }
    return floats;
  }

  void add_gradients(int node, std::int64_t index, const GradientTile& tile, float* partial) {
    for (std::int64_t slice = 0; slice < tile.slices; ++slice) {
      const GradientJob job{node, index, slice, tile.slices > 1 ? partial + slice * tile.floats : nullptr};
      (tile.by_shard ? jobs_.shard_gradients[node] : jobs_.gradients).push_back(job);
    }
  }

  void add_reductions(int node, const GradientTile& tile, const float* partial) {
    for (const GradientBlock& block : tile.blocks) {
      if (block.stride == 0)
        reduce_panels(node, tile, block, partial);
      else
        reduce_rows(node, tile, block, partial);
    }
  }

  void reduce_rows(int node, const GradientTile& tile, const GradientBlock& block, const float* partial) {
    const std::int64_t rows = round_up(std::max<std::int64_t>(1, reduce_floats / block.stride), 2);
    for (std::int64_t row = block.rows.begin; row < block.rows.end; row += rows) {
      GradientBlock part = block;
      part.rows = {row, std::min(block.rows.end, row + rows)};
      part.offset = 0;
      add_reduction(node, tile, part, part.rows.size() * block.stride,
                    partial + block.offset + (row - block.rows.begin) * block.stride);
    }
  }

  void reduce_panels(int node, const GradientTile& tile, const GradientBlock& block, const float* partial) {
    const std::int64_t height = block.rows.size(),
                       panels = std::max<std::int64_t>(1, reduce_floats / (height * panel_columns));
    for (std::int64_t column = block.columns.begin; column < block.columns.end; column += panels * panel_columns) {
      GradientBlock part = block;
      part.columns = {column, std::min(block.columns.end, column + panels * panel_columns)};
      part.offset = 0;
      add_reduction(node, tile, part, panel_floats(height, part.columns.size()),
                    partial + block.offset + height * (column - block.columns.begin));
    }
  }

  void add_reduction(int node, const GradientTile& tile, const GradientBlock& block, std::int64_t floats,
                     const float* partial) {
    jobs_.reductions.push_back({node, block, floats, partial, tile.slices, tile.floats, tile.by_shard});
    jobs_.tile_floats = std::max(jobs_.tile_floats, floats);
  }

  // The longest jobs come first, and the short ones fill the gaps at the end of the phase.
  void sort() {
    for (std::vector<GradientJob>& jobs : jobs_.shard_gradients)
      std::stable_sort(jobs.begin(), jobs.end(),
                       [](const GradientJob& a, const GradientJob& b) { return a.slice < b.slice; });
    const auto floats = [&](const GradientJob& job) { return kernels_[job.node]->tiles()[job.tile].floats; };
    std::stable_sort(jobs_.gradients.begin(), jobs_.gradients.end(),
                     [&](const GradientJob& a, const GradientJob& b) { return floats(a) > floats(b); });
    std::vector<ReduceJob>& reductions = jobs_.reductions;
    const auto late =
        std::stable_partition(reductions.begin(), reductions.end(), [](const ReduceJob& job) { return job.by_shard; });
    jobs_.reductions_by_shard = late - reductions.begin();
    const auto is_longer = [](const ReduceJob& a, const ReduceJob& b) { return a.floats > b.floats; };
    std::stable_sort(reductions.begin(), late, is_longer);
    std::stable_sort(late, reductions.end(), is_longer);
  }

  std::span<const NetworkNode> nodes_;
  std::span<const std::unique_ptr<LayerKernel>> kernels_;
  WeightJobs jobs_;
};

}  // namespace

WeightJobs plan_weight_phase(std::span<const NetworkNode> nodes,
                             std::span<const std::unique_ptr<LayerKernel>> kernels) {
  return WeightPhasePlanner(nodes, kernels).plan();
}

}  // namespace millrace
