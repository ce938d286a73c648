// SPDX-License-Identifier: Apache-2.0
//
// How the ranks of a cluster come to the sums of the buckets of the gradient.
#pragma once

#include <algorithm>
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

/// What a rank does next in a step: how many buckets, from the first on, its slices have completed, it has added, and have
/// come, and how many exchanges it has started. Exchange number i carries the nodes of bucket i, and the sums of an earlier
/// one.
class BucketPipeline {
 public:
  BucketPipeline() = default;
  BucketPipeline(const SumWay& way, std::int64_t buckets) : way_(way), buckets_(buckets) {}

  /// The gradients of the next bucket are complete.
  void complete() { ++complete_; }
  [[nodiscard]] std::int64_t completed() const { return complete_; }
  [[nodiscard]] std::int64_t started() const { return started_; }
  [[nodiscard]] std::int64_t come() const { return come_; }

  /// Does everything that can be done now. ended(): how many exchanges have ended. add(bucket): adds its nodes.
  /// start(exchange). take(bucket): its sums are there.
  template <class Ended, class Add, class Start, class Take>
  void advance(const Ended& ended, const Add& add, const Start& start, const Take& take) {
    for (;;) {
      const std::int64_t ended_now = ended();
      if (added_ < std::min(ended_now, buckets_))
        add(added_++);
      else if (may_start())
        start(started_++);
      else if (come_ < ended_now - way_.delay)
        take(come_++);
      else
        return;
    }
  }

 private:
  [[nodiscard]] bool may_start() const {
    if (started_ == buckets_ + way_.delay) return false;
    return (started_ >= buckets_ || started_ < complete_) && started_ < added_ + way_.ahead;
  }

  SumWay way_;
  std::int64_t buckets_ = 0, complete_ = 0, added_ = 0, come_ = 0, started_ = 0;
};

}  // namespace millrace
