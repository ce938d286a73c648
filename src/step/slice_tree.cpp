// SPDX-License-Identifier: Apache-2.0
#include "step/slice_tree.hpp"

#include <algorithm>
#include <bit>

#include "base/vectorize.hpp"
#include "kernels/bfloat16.hpp"

namespace millrace {

namespace {

constexpr std::int64_t run = 256;  // floats that are added at a time: partial sums stay in the first cache

MILLRACE_INLINE void add_both(const float* a, const float* b, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = a[i] + b[i];
}

MILLRACE_INLINE float rounded(float value) {
  return std::bit_cast<float>(bfloat16_bits(std::bit_cast<std::uint32_t>(value)) << 16);
}
MILLRACE_INLINE void add_rounded(const float* a, const float* b, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = rounded(rounded(a[i]) + rounded(b[i]));
}
MILLRACE_INLINE void round_run(const float* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = rounded(from[i]);
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

// Returns where the sum of the run is: in the only part, or in `to`. Parts that are not there add nothing.
const float* add_run(std::span<const SliceSum> parts, IndexRange node, std::int64_t offset, std::int64_t count,
                     float* to, Wire wire) {
  if (parts.size() == 1) return parts[0].at(offset);
  const std::int64_t middle = middle_of(node);
  const auto right =
      std::ranges::lower_bound(parts, middle, {}, [](const SliceSum& part) { return part.slices.begin; });
  const auto left_parts = static_cast<std::size_t>(right - parts.begin());
  if (left_parts == 0) return add_run(parts, {middle, node.end}, offset, count, to, wire);
  if (left_parts == parts.size()) return add_run(parts, {node.begin, middle}, offset, count, to, wire);
  const float* const a = add_run(parts.first(left_parts), {node.begin, middle}, offset, count, to, wire);
  float memory[run];
  const float* const b = add_run(parts.subspan(left_parts), {middle, node.end}, offset, count, memory, wire);
  if (wire == Wire::bfloat16)
    vectorized<add_rounded>(a, b, to, count);
  else
    vectorized<add_both>(a, b, to, count);
  return to;
}

}  // namespace

std::vector<IndexRange> nodes_within(std::int64_t slices, IndexRange owned) {
  std::vector<IndexRange> nodes;
  if (owned.size() > 0) add_nodes_within({0, slices}, owned, nodes);
  return nodes;
}

void add_parts(std::span<const SliceSum> parts, IndexRange node, std::int64_t offset, std::int64_t count, float* to,
               Wire wire) {
  for (std::int64_t i = 0; i < count; i += run) {
    const std::int64_t floats = std::min(run, count - i);
    const float* const sum = add_run(parts, node, offset + i, floats, to + offset + i, wire);
    if (parts.size() == 1 && wire == Wire::bfloat16)
      vectorized<round_run>(sum, to + offset + i, floats);
    else if (sum != to + offset + i)
      std::copy_n(sum, floats, to + offset + i);
  }
}

}  // namespace millrace
