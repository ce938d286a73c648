// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   count_allocations(true);
//   ...
//   count_allocations(false);
//   EXPECT_EQ(allocations().own, 0);
//
// Stands in for malloc in the program that links it, and counts on all threads while it is told to. Counted apart is
// what comes from libdnnl (oneDNN 2 allocates a map of arguments whenever a primitive is executed) and from libgomp (a
// worker that arrives late makes itself known to OpenMP, once).
#pragma once

#include <cstdint>
#include <string>

namespace millrace::test {

struct Allocations {
  std::int64_t own = 0, libraries = 0;
};

void count_allocations(bool on);
/// Since counting began last.
[[nodiscard]] Allocations allocations();
/// Who made the first of `own`: addresses for addr2line, one a line.
[[nodiscard]] std::string first_caller();

}  // namespace millrace::test
