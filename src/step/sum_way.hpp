// SPDX-License-Identifier: Apache-2.0
//
// How the ranks of a cluster come to the sum of a bucket of the gradient.
#pragma once

#include <cstdint>

namespace millrace {

struct SumWay {
  /// Every rank sends its nodes of the tree to all others, and each adds them all. Else each gets and adds a part of the
  /// bucket, and the sums of the parts travel too.
  bool by_all = true;
  std::int64_t delay = 0;  ///< exchange number i carries the sums of bucket i - delay
  std::int64_t ahead = 1;  ///< how many exchanges may have been started since the one of the last bucket that was added
};

/// The same for all ranks. By all where that takes no more bytes, as with two ranks, or so few more that they take less time
/// than the second exchange of each bucket. most_nodes: that a rank owns.
[[nodiscard]] SumWay way_of_sum(std::int64_t ranks, std::int64_t most_nodes, std::int64_t bytes_of_bucket,
                                std::int64_t buckets);

}  // namespace millrace
