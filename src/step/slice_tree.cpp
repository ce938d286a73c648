// SPDX-License-Identifier: Apache-2.0
#include "step/slice_tree.hpp"

#include <algorithm>
#include <bit>

#include "base/vectorize.hpp"

namespace millrace {

namespace {

constexpr std::int64_t run = 256;  // floats that are added at a time: partial sums stay in the first cache

MILLRACE_INLINE void add_both(const float* a, const float* b, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = a[i] + b[i];
}

std::int64_t middle_of(IndexRange node) {
  return node.begin + static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(node.size() - 1)));
}

void add_nodes_within(IndexRange node, IndexRange owned, std::vector<IndexRange>& nodes) {
  if (node.end <= owned.begin || node.begin >= owned.end) return;
  if (node.begin >= owned.begin && node.end <= owned.end) {
    nodes.push_back(node);
    return;
  }
  const std::int64_t middle = middle_of(node);
  add_nodes_within({node.begin, middle}, owned, nodes);
  add_nodes_within({middle, node.end}, owned, nodes);
}

// Returns where the sum of the run is: in the only part, or in `to`.
const float* add_run(std::span<const SliceSum> parts, std::int64_t offset, std::int64_t count, float* to) {
  if (parts.size() == 1) return parts[0].at(offset);
  const std::int64_t middle = middle_of({parts.front().slices.begin, parts.back().slices.end});
  const auto right = std::ranges::find(parts, middle, [](const SliceSum& part) { return part.slices.begin; });
  const auto left_parts = static_cast<std::size_t>(right - parts.begin());
  const float* const a = add_run(parts.first(left_parts), offset, count, to);
  float memory[run];
  const float* const b = add_run(parts.subspan(left_parts), offset, count, memory);
  vectorized<add_both>(a, b, to, count);
  return to;
}

}  // namespace

std::vector<IndexRange> nodes_within(std::int64_t slices, IndexRange owned) {
  std::vector<IndexRange> nodes;
  if (owned.size() > 0) add_nodes_within({0, slices}, owned, nodes);
  return nodes;
}

void add_parts(std::span<const SliceSum> parts, std::int64_t offset, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; i += run) {
    const std::int64_t floats = std::min(run, count - i);
    const float* const sum = add_run(parts, offset + i, floats, to + offset + i);
    if (sum != to + offset + i) std::copy_n(sum, floats, to + offset + i);
  }
}

}  // namespace millrace
