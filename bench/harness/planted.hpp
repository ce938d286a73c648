// SPDX-License-Identifier: Apache-2.0
//
// A slowdown to be found. With MILLRACE_BENCH_PLANTED=N in its environment the program does the work of every Nth
// iteration twice, and is slower by 1/N: bench/gate-error-rates measures with it how often bench/gate notices.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace millrace::bench {

class Planted {
 public:
  Planted() {
    const char* const text = std::getenv("MILLRACE_BENCH_PLANTED");
    every_ = text != nullptr ? std::atoll(text) : 0;
  }
  /// Asked after every iteration: whether its work is to be done once more.
  bool once_more() { return every_ > 0 && ++iterations_ % every_ == 0; }

 private:
  std::int64_t every_ = 0, iterations_ = 0;
};

}  // namespace millrace::bench
