// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace millrace {

/// The sums that every shard leaves: of its rows' losses, then of the metrics. Each shard writes to cache lines of its
/// own, because two workers that write to one line wait for each other.
class ShardSums {
 public:
  /// Makes room for `shards` shards. Never shrinks.
  void reserve(std::int64_t shards, std::int64_t metric_sums) {
    stride_ = (1 + metric_sums + line_doubles - 1) / line_doubles;
    if (shards * stride_ > std::ssize(lines_)) lines_.resize(shards * stride_);
  }
  /// [loss, metric sums...] of one shard.
  [[nodiscard]] double* of(std::int64_t shard) { return lines_[shard * stride_].values; }
  [[nodiscard]] const double* of(std::int64_t shard) const { return lines_[shard * stride_].values; }

 private:
  static constexpr std::int64_t line_doubles = 8;
  struct alignas(64) Line {
    double values[line_doubles];
  };
  std::vector<Line> lines_;
  std::int64_t stride_ = 1;  // lines of a shard
};

}  // namespace millrace
