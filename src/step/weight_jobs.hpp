// SPDX-License-Identifier: Apache-2.0
//
// The weight phase as lists: which gradients are computed, by tile and slice of the batch, and which partial gradients
// are added up afterwards.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/buffer.hpp"
#include "network/network.hpp"

namespace millrace {

/// The gradient of a tile over one tile slice of the batch: a job of the weight phase or, of a tile by shard, a part of the
/// row phase's jobs.
struct GradientJob {
  int node = 0;
  std::int64_t tile = 0, slice = 0;
  float* partial = nullptr;  ///< where the partial gradient of a sliced tile goes; null: worker's scratch, used at once
};

/// Adds up some rows or panels of one block of a sliced tile. Tile slice s of them lies at partial + s * slice_stride.
struct ReduceJob {
  int node = 0;
  GradientBlock block;  ///< of the sum
  std::int64_t floats = 0;
  const float* partial = nullptr;
  std::int64_t slices = 1, slice_stride = 0;
  bool by_shard = false;  ///< the row phase made the slices
};

struct WeightJobs {
  std::vector<GradientJob> gradients;  ///< of the weight phase, the longest first
  /// By node, the gradients that the row phase makes: the tiles of shard 0, of shard 1, ...
  std::vector<std::vector<GradientJob>> shard_gradients;
  /// First those whose slices the row phase makes: they are ready before the weight phase. In both parts the longest
  /// first.
  std::vector<ReduceJob> reductions;
  std::int64_t reductions_by_shard = 0;
  std::int64_t tile_floats = 0;  ///< memory that a job needs for a gradient that is no partial one
  Buffer partials;
};

/// kernels: one for each node, prepared for training. A node that is not trainable has no jobs.
[[nodiscard]] WeightJobs plan_weight_phase(std::span<const NetworkNode> nodes,
                                           std::span<const std::unique_ptr<LayerKernel>> kernels);

}  // namespace millrace
