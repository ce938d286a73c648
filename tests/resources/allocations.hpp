// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   count_allocations(true);
//   ...
//   count_allocations(false);
//   EXPECT_EQ(allocations().own, 0);
//
// Replaces malloc in the program that links it and counts allocations of all threads. Those by libdnnl and libgomp are
// counted separately: oneDNN 2 allocates a map of arguments whenever it executes a primitive, and OpenMP allocates once
// for each thread that it meets.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::test {

/// Numbers of allocations.
struct Allocations {
  std::int64_t own = 0;        ///< by the library and the test
  std::int64_t libraries = 0;  ///< by libdnnl and libgomp
};

/// Starts counting from 0, or stops.
void count_allocations(bool on);
/// Counted since the last start.
[[nodiscard]] Allocations allocations();
/// The stack of the first allocation in `own`: one address per line, for addr2line.
[[nodiscard]] std::string first_caller();

/// Makes one allocation of this thread fail: 0 is the next one. Negative: none.
void fail_allocation(std::int64_t number);
/// Whether that allocation has been tried.
[[nodiscard]] bool has_failed_allocation();

}  // namespace millrace::test
