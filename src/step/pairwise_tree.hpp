// SPDX-License-Identifier: Apache-2.0
//
// The fixed tree that adds the partial gradients of slices. The left half of a node is the largest power of two below its
// number of slices: ((0+1)+(2+3))+(4+5) for six slices. So the sum depends on the number of slices, and neither on the
// workers nor on the processes.
//
// Tile slices cut the batch for one tile of a layer, so that more workers compute it. They lie side by side in memory. Batch
// slices cut it for the whole network (--slices). The ranks of a cluster share them, and some may have no part in a sum.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/index.hpp"
#include "step/wire.hpp"

namespace millrace {

/// sum = the sum of the first `floats` floats of all tile slices. Slice s begins at first + s * slice_stride. The slices are
/// only read: their cache lines stay with the cores that wrote them and will write them in the next step. `sum` may be the
/// first of two slices.
void add_tile_slices(const float* first, std::int64_t slices, std::int64_t slice_stride, float* sum,
                     std::int64_t floats);

/// The sum of some batch slices, which form a node of the tree.
struct SliceSum {
  IndexRange slices;
  const float* values = nullptr;
  std::int64_t first = 0;  ///< place of values[0] in the gradient

  [[nodiscard]] const float* at(std::int64_t place) const { return values + (place - first); }
};

/// The largest nodes of the tree over `slices` slices that lie within `owned`, in their order.
[[nodiscard]] std::vector<IndexRange> nodes_within(std::int64_t slices, IndexRange owned);

/// to = the sum of `parts` in the order of the tree, for `count` places from `offset` on; to[0] is place 0. The parts, at
/// least one, are nodes within `node`, in their order. Slices that none of them has add nothing. `to` may be the values of
/// the first part. With Wire::bfloat16, the parts and all sums are rounded.
void add_batch_slices(std::span<const SliceSum> parts, IndexRange node, std::int64_t offset, std::int64_t count,
                      float* to, Wire wire = Wire::fp32);

}  // namespace millrace
