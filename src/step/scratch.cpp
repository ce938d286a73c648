// SPDX-License-Identifier: Apache-2.0
#include "step/scratch.hpp"

#include <algorithm>

namespace millrace {

void Scratch::reserve(int workers, std::int64_t floats) {
  if (workers <= workers_ && floats <= stride_) return;
  workers_ = std::max(workers, workers_);
  stride_ = std::max(round_up(floats, cache_line_floats), stride_);
  memory_ = Buffer(workers_ * stride_);
}

}  // namespace millrace
