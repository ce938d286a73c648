// SPDX-License-Identifier: Apache-2.0
//
// Adds the gradients of all slices of a batch, in the order of the fixed tree (slice_tree.hpp), over the ranks that
// computed them. A rank first adds the nodes of the tree that it owns whole. Then every rank gets one range of weights of
// all nodes, adds them, and sends the sum of its range to the others.
#pragma once

#include <vector>

#include "base/buffer.hpp"
#include "step/phases.hpp"
#include "step/sliced_plan.hpp"

namespace millrace {

class GradientSum {
 public:
  /// floats: of a gradient, as the buffers of the store. most_owned: slices of a rank.
  GradientSum(std::int64_t floats, std::int64_t most_owned, const Ranks& ranks);

  /// Where the gradient of owned slice number `index`, from 0, goes before add_up().
  [[nodiscard]] float* of_slice(std::int64_t index) { return slices_.data() + index * stride_; }
  /// Returns the sum over all slices, which every rank gets. It may be overwritten.
  float* add_up(const Phases& phases, const SlicedPlan& plan, Ranks& ranks);
  /// Bytes that this rank sends in a step.
  [[nodiscard]] static std::int64_t bytes_sent(std::int64_t floats, const SlicedPlan& plan, const Ranks& ranks);

 private:
  struct Layout {
    const SlicedPlan* plan = nullptr;
    std::vector<std::vector<IndexRange>> nodes;  // by rank: the nodes that it owns
    std::vector<SliceSum> sums;                  // of all nodes, once they are here
  };
  const Layout& layout_of(const SlicedPlan& plan);
  void add_own(const Phases& phases, const Layout& layout);
  void swap_ranges(const Layout& layout, Ranks& ranks);
  void add(const Phases& phases, std::span<const SliceSum> parts, IndexRange floats, float* to) const;
  [[nodiscard]] float* node_at(const SlicedPlan& plan, IndexRange node) {
    return of_slice(node.begin - plan.owned().begin);
  }

  std::int64_t floats_, stride_;
  int rank_;
  std::vector<IndexRange> ranges_;  // of the weights whose sum a rank computes, by rank
  Buffer slices_;                   // [owned slices x stride]; the sum of a node takes the place of its first slice
  Buffer received_;                 // [nodes of other ranks x own range]
  Buffer sum_;                      // [stride]
  std::vector<Layout> layouts_;     // of the plans: for full batches and for the last one
};

}  // namespace millrace
