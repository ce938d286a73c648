// SPDX-License-Identifier: Apache-2.0
//
// A slowdown to be found: with MILLRACE_BENCH_REPEATS=N in its environment the program does the work of an iteration N
// times. bench/gate-error-rates compares 20 with 21, to measure how often bench/gate notices 5 %.
#pragma once

#include <cstdlib>

namespace millrace::bench {

/// 1 unless the environment says otherwise.
inline int repeats() {
  static const int instance = [] {
    const char* const text = std::getenv("MILLRACE_BENCH_REPEATS");
    return text != nullptr ? std::atoi(text) : 1;
  }();
  return instance;
}

}  // namespace millrace::bench
