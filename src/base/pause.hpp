// SPDX-License-Identifier: Apache-2.0
//
// Between two looks at something that another process or thread will do.
#pragma once

#include <sched.h>

#include <chrono>
#include <thread>

namespace millrace {

/// Spins first, because most messages arrive within microseconds; then lets others run; then sleeps, because whoever it
/// waits for may need this processor. For one wait.
class Pause {
 public:
  void operator()() const {
    const Clock::duration waited = Clock::now() - begin_;
    if (waited < std::chrono::microseconds(100)) return;
    if (waited < std::chrono::milliseconds(3))
      sched_yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(50));
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace millrace
