// SPDX-License-Identifier: Apache-2.0
//
// How the weight gradient of a dense layer is cut: a pure function of its shape and the batch size.
#pragma once

#include <vector>

#include "ops/layers/layer.hpp"

namespace millrace {

/// Tiles of a kernel [inputs x units] (and the bias, block 1 of the tiles that hold the first kernel row).
/// shards: into how many the row phase cuts the batch. A kernel that is small beside a shard's rows is one tile by
/// shard. layout: how the kernel is stored.
[[nodiscard]] std::vector<GradientTile> dense_tiles(std::int64_t inputs, std::int64_t units, std::int64_t batch,
                                                    std::int64_t shards, bool bias, Layout layout = Layout::rows);

/// sums[columns] = the sum of each column over `rows` rows of `values`: the gradient of a bias.
void add_up_columns(const float* values, std::int64_t stride, std::int64_t rows, std::int64_t columns, float* sums);

/// Weights and state of a block that is updated directly after its gradient, for a product into panels to prefetch; none
/// for weights in rows.
[[nodiscard]] std::vector<PanelRows> touched_by_update(const ParameterStorage& weights, const GradientBlock& block);

}  // namespace millrace
