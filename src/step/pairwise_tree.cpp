// SPDX-License-Identifier: Apache-2.0
#include "step/pairwise_tree.hpp"

#include <algorithm>
#include <bit>

#include "base/vectorize.hpp"
#include "kernels/bfloat16.hpp"

namespace millrace {

namespace {

constexpr std::int64_t run = 256;  // floats that are added at a time: partial sums stay in the first cache

MILLRACE_INLINE void add_pair(const float* a, const float* b, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = a[i] + b[i];
}
MILLRACE_INLINE void add_four(const float* __restrict a, const float* __restrict b, const float* __restrict c,
                              const float* __restrict d, float* __restrict to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = (a[i] + b[i]) + (c[i] + d[i]);
}

MILLRACE_INLINE void add_eight(const float* __restrict first, std::int64_t stride, float* __restrict to,
                               std::int64_t count) {
  const float *const a = first, *const b = a + stride, *const c = b + stride, *const d = c + stride;
  const float *const e = d + stride, *const f = e + stride, *const g = f + stride, *const h = g + stride;
  for (std::int64_t i = 0; i < count; ++i) to[i] = ((a[i] + b[i]) + (c[i] + d[i])) + ((e[i] + f[i]) + (g[i] + h[i]));
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

// Of two slices or more: the largest power of two below their number.
std::int64_t left_half(std::int64_t slices) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(slices - 1)));
}

std::int64_t middle_of(IndexRange node) { return node.begin + left_half(node.size()); }

// to = the sum of one run of all slices.
void add_tile_run(const float* first, std::int64_t slices, std::int64_t stride, float* to, std::int64_t count) {
  if (slices == 8) return vectorized<add_eight>(first, stride, to, count);
  if (slices == 4)
    return vectorized<add_four>(first, first + stride, first + 2 * stride, first + 3 * stride, to, count);
  if (slices == 2) return vectorized<add_pair>(first, first + stride, to, count);
  if (slices == 1) {
    std::copy_n(first, count, to);
    return;
  }
  const std::int64_t left = left_half(slices);
  float right[run];
  add_tile_run(first, left, stride, to, count);
  add_tile_run(first + left * stride, slices - left, stride, right, count);
  vectorized<add_pair>(to, right, to, count);
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
const float* add_batch_run(std::span<const SliceSum> parts, IndexRange node, std::int64_t offset, std::int64_t count,
                           float* to, Wire wire) {
  if (parts.size() == 1) return parts[0].at(offset);
  const std::int64_t middle = middle_of(node);
  const auto right =
      std::ranges::lower_bound(parts, middle, {}, [](const SliceSum& part) { return part.slices.begin; });
  const auto left_parts = static_cast<std::size_t>(right - parts.begin());
  if (left_parts == 0) return add_batch_run(parts, {middle, node.end}, offset, count, to, wire);
  if (left_parts == parts.size()) return add_batch_run(parts, {node.begin, middle}, offset, count, to, wire);
  const float* const a = add_batch_run(parts.first(left_parts), {node.begin, middle}, offset, count, to, wire);
  float memory[run];
  const float* const b = add_batch_run(parts.subspan(left_parts), {middle, node.end}, offset, count, memory, wire);
  if (wire == Wire::bfloat16)
    vectorized<add_rounded>(a, b, to, count);
  else
    vectorized<add_pair>(a, b, to, count);
  return to;
}

}  // namespace

void add_tile_slices(const float* first, std::int64_t slices, std::int64_t slice_stride, float* sum,
                     std::int64_t floats) {
  // In registers, without partial sums.
  if (slices == 2 || slices == 4 || slices == 8) return add_tile_run(first, slices, slice_stride, sum, floats);
  for (std::int64_t i = 0; i < floats; i += run)
    add_tile_run(first + i, slices, slice_stride, sum + i, std::min(run, floats - i));
}

std::vector<IndexRange> nodes_within(std::int64_t slices, IndexRange owned) {
  std::vector<IndexRange> nodes;
  if (owned.size() > 0) add_nodes_within({0, slices}, owned, nodes);
  return nodes;
}

void add_batch_slices(std::span<const SliceSum> parts, IndexRange node, std::int64_t offset, std::int64_t count,
                      float* to, Wire wire) {
  for (std::int64_t i = 0; i < count; i += run) {
    const std::int64_t floats = std::min(run, count - i);
    const float* const sum = add_batch_run(parts, node, offset + i, floats, to + offset + i, wire);
    if (parts.size() == 1 && wire == Wire::bfloat16)
      vectorized<round_run>(sum, to + offset + i, floats);
    else if (sum != to + offset + i)
      std::copy_n(sum, floats, to + offset + i);
  }
}

}  // namespace millrace
