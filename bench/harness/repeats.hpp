// SPDX-License-Identifier: Apache-2.0
//
// A slowdown on purpose: with MILLRACE_BENCH_REPEATS=N in the environment, the program does the work of each iteration
// N times. bench/gate-error-rates compares 20 with 21 and measures how often bench/gate notices these 5 %.
#pragma once

#include <cstdlib>

namespace millrace::bench {

/// MILLRACE_BENCH_REPEATS, or 1 if it is not set.
inline int repeats() {
  static const int instance = [] {
    const char* const text = std::getenv("MILLRACE_BENCH_REPEATS");
    return text != nullptr ? std::atoi(text) : 1;
  }();
  return instance;
}

}  // namespace millrace::bench
