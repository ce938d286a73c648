// SPDX-License-Identifier: Apache-2.0
//
// Where valgrind's callgrind starts and stops to count: bench/instructions runs the program with --instructions=N.
#pragma once

#include <cstdint>

namespace millrace::bench::instructions {

/// From now on benchmarks do N iterations under valgrind's eyes instead of being timed; 0: they are timed.
void set_iterations(std::int64_t iterations);
[[nodiscard]] std::int64_t iterations();
[[nodiscard]] inline bool counted() { return iterations() > 0; }

/// Instructions count while it lives; nothing happens outside of valgrind.
class Section {
 public:
  Section();
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;
};

}  // namespace millrace::bench::instructions
