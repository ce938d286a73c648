// SPDX-License-Identifier: Apache-2.0
#include "harness/instructions.hpp"

#include <valgrind/callgrind.h>

namespace millrace::bench::instructions {

namespace {
std::int64_t count = 0;
}

void set_iterations(std::int64_t iterations) { count = iterations; }
std::int64_t iterations() { return count; }

// The casts are in macros of valgrind's C headers.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
Section::Section() {
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_ZERO_STATS;
}
Section::~Section() { CALLGRIND_STOP_INSTRUMENTATION; }
#pragma GCC diagnostic pop

}  // namespace millrace::bench::instructions
