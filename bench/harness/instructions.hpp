// SPDX-License-Identifier: Apache-2.0
//
// Tells valgrind's callgrind which part of a benchmark to count. bench/instructions runs the program with
// --instructions=N.
#pragma once

#include <cstdint>

namespace millrace::bench::instructions {

/// N above 0: from now on benchmarks run N iterations that valgrind counts, instead of being timed.
void set_iterations(std::int64_t iterations);
[[nodiscard]] std::int64_t iterations();
[[nodiscard]] inline bool counted() { return iterations() > 0; }

/// Instructions are counted while an object of this class lives. Without valgrind it does nothing.
class Section {
 public:
  Section();
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;
};

}  // namespace millrace::bench::instructions
