// SPDX-License-Identifier: Apache-2.0
//
// The fixed tree that adds the gradients of the slices of a batch, and which process owns which of its parts. The left
// half of a node is the largest power of two below its number of slices: ((0+1)+(2+3))+(4+5) for six slices. So the sum
// depends on the number of slices, and neither on the processes nor on their number.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/index.hpp"
#include "base/parts.hpp"
#include "step/wire.hpp"

namespace millrace {

/// Which slices of a batch each rank owns.
struct SlicesOfRanks {
  std::int64_t slices = 1;
  std::vector<IndexRange> of_ranks;
  int rank = 0;  ///< this one

  SlicesOfRanks(std::int64_t slices_of_batch, int ranks, int own_rank) : slices(slices_of_batch), rank(own_rank) {
    for (int r = 0; r < ranks; ++r) of_ranks.push_back(even_part(slices, ranks, r));
  }
  [[nodiscard]] IndexRange owned() const { return of_ranks[rank]; }
};

/// The sum of some slices, which form a node of the tree.
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
void add_parts(std::span<const SliceSum> parts, IndexRange node, std::int64_t offset, std::int64_t count, float* to,
               Wire wire = Wire::fp32);

}  // namespace millrace
