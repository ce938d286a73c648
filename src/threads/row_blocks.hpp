// SPDX-License-Identifier: Apache-2.0
//
//   for_row_blocks(rows, threads, [&](IndexRange block) { ... });
//
// Work on many rows that does not depend on their order, outside a training step.
#pragma once

#include <algorithm>

#include "base/index.hpp"
#include "threads/run_jobs.hpp"

namespace millrace {

/// Calls job(block) for blocks of 1024 rows of [0, rows). threads: workers; 0: one per processor.
template <class Job>
void for_row_blocks(std::int64_t rows, int threads, const Job& job) {
  constexpr std::int64_t block_rows = 1024;
  run_jobs(ceil_div(rows, block_rows), threads, [&](std::int64_t block) {
    job(IndexRange{block * block_rows, std::min(rows, (block + 1) * block_rows)});
  });
}

}  // namespace millrace
