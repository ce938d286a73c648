// SPDX-License-Identifier: Apache-2.0
//
// The row phase as lists: the passes over the layers, and the copies of weights that are made before it.
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

/// A part of the row phase without a barrier: some layers forward, then perhaps the loss, then some layers backward.
/// Usually one pass is the whole row phase. A layer that couples rows has passes of its own, whose jobs are not shards
/// but parts of the layer over all rows.
struct RowPass {
  bool coupled = false;
  bool gather = false, loss = false;         ///< before the layers forward; after them
  int forward_begin = 0, forward_end = 0;    ///< nodes, in this order
  int backward_begin = 0, backward_end = 0;  ///< nodes, in reverse order
};

struct RowJobs {
  std::vector<PackJob> packs;
  std::vector<RowPass> passes;
};

/// kernels: one for each node, prepared for training.
[[nodiscard]] RowJobs plan_row_phase(std::span<const std::unique_ptr<LayerKernel>> kernels);

}  // namespace millrace
