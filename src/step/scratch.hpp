// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/buffer.hpp"

namespace millrace {

/// Memory that a worker may write to within one job. Nothing in it lasts until the next job.
class Scratch {
 public:
  /// Makes room for `floats` floats for each of `workers` workers. Never shrinks.
  void reserve(int workers, std::int64_t floats);
  /// The part of one worker, at the beginning of a cache line.
  [[nodiscard]] float* of(int worker) { return memory_.data() + worker * stride_; }

 private:
  Buffer memory_;
  std::int64_t stride_ = 0;
  int workers_ = 0;
};

}  // namespace millrace
