// SPDX-License-Identifier: Apache-2.0
#include "step/shards.hpp"

#include <algorithm>
#include <bit>

namespace millrace {

namespace {

// A shard costs a kernel call in each layer (0.3 us), so it should have some microseconds of arithmetic. A product of
// few rows reads the weights as often as one of many, so large weights need long shards: 64 rows reach 97 % of the
// speed of 512, 32 rows reach 90 % (784x512 and 2048x2048, AVX2).
constexpr double shard_work = 3.3e5;       // multiply-adds, forward and backward
constexpr std::int64_t row_multiple = 16;  // a kernel takes this many rows at a time
constexpr std::int64_t few_rows = 4;       // if one row alone is enough work for a kernel
constexpr std::int64_t large_weights = 1 << 18, medium_weights = 1 << 15;
constexpr std::int64_t rows_for_large_weights = 64, rows_for_medium_weights = 32;
// With AVX-512 a step of 32-row shards takes as long as one of 64-row shards (784-512-256-10, Zen 5). If 64 rows make
// fewer shards than a server has cores, shards have 32.
constexpr std::int64_t shards_for_many_cores = 8;

// The fewest rows of a shard at which products with weights of this size are fast.
std::int64_t rows_for(std::int64_t largest_weights, std::int64_t batch, Vectors vectors) {
  if (largest_weights <= medium_weights) return 0;
  const bool few_shards = batch < shards_for_many_cores * rows_for_large_weights;
  if (largest_weights <= large_weights || (few_shards && vectors == Vectors::avx512)) return rows_for_medium_weights;
  return rows_for_large_weights;
}

}  // namespace

std::vector<IndexRange> cut_into_shards(const Network& network, std::int64_t batch, Vectors vectors) {
  std::int64_t largest = 0;
  double product_work = 0, other_work = 0;  // multiply-adds of a row, forward and backward
  for (const NetworkParameter& parameter : network.parameters()) {
    if (!parameter.spec.matmul_operand) continue;
    largest = std::max(largest, parameter.size);
    product_work += 2.0 * static_cast<double>(parameter.size);
  }
  for (const NetworkNode& node : network.nodes()) other_work += 2.0 * node.layer->row_work(node.input_shapes);
  // If images are most of the work, a few of them are enough for a shard.
  const std::int64_t multiple = other_work > product_work ? few_rows : row_multiple;
  const double row_work = product_work + other_work;
  const std::int64_t efficient = std::max(multiple, rows_for(largest, batch, vectors));
  const auto worthwhile = static_cast<std::int64_t>(shard_work / std::max(1.0, row_work));
  // A power of two of equal shards: they spread evenly over any usual number of threads.
  const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(1, batch / std::max(efficient, worthwhile)));
  const std::int64_t rows = round_up(ceil_div(batch, static_cast<std::int64_t>(std::bit_floor(most))), multiple);
  std::vector<IndexRange> shards;
  for (std::int64_t begin = 0; begin < batch; begin += rows) shards.push_back({begin, std::min(batch, begin + rows)});
  return shards;
}

}  // namespace millrace
