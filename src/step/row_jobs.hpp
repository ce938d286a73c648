// SPDX-License-Identifier: Apache-2.0
//
// The row phase as lists: the passes over the layers, and the copies of weights that are made before it.
//
// Usually one pass is the whole row phase, and its jobs are the shards. With more workers than shards, large layers are
// cut by columns too, and have passes of their own, whose jobs are parts of shards. Where a pass begins and ends follows
// from the number of workers; the bits do not.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ops/layers/layer.hpp"

namespace millrace {

/// A job before the row phase: see LayerKernel::pack().
struct PackJob {
  int node = 0;
  std::int64_t job = 0;
};

inline constexpr int no_node = -1;

/// A part of the row phase without a barrier: some layers forward, then perhaps the loss, then some layers backward.
/// A layer that couples rows has passes of its own, whose jobs are not shards but parts of the layer over all rows.
struct RowPass {
  bool coupled = false;
  bool gather = false, loss = false;         ///< before the layers forward; after them
  int forward_begin = 0, forward_end = 0;    ///< nodes, in this order
  int backward_begin = 0, backward_end = 0;  ///< nodes, in reverse order
  /// Above 1: the pass has one node, forward or backward, and a job is one of so many parts of a shard.
  std::int64_t parts = 1;
  int ends_forward = no_node;     ///< the node whose parts ran before this pass
  int begins_backward = no_node;  ///< the node whose parts run after it
};

struct RowJobs {
  std::vector<PackJob> packs;    ///< of every step
  std::vector<PackJob> rounded;  ///< that make rounded copies
  std::vector<RowPass> passes;
};

/// kernels: one for each node, prepared for training.
[[nodiscard]] RowJobs plan_row_phase(std::span<const std::unique_ptr<LayerKernel>> kernels, std::int64_t shards = 1,
                                     int workers = 1);

}  // namespace millrace
