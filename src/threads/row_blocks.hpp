// SPDX-License-Identifier: Apache-2.0
//
//   for_row_blocks(rows, threads, [&](IndexRange block) { ... });
//
// Work on many rows that does not depend on their order, outside a training step.
#pragma once

#include <algorithm>

#include "base/index.hpp"
#include "threads/cpu_budget.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// Calls job(block) for blocks of 1024 rows of [0, rows). threads: workers; 0: one per processor.
template <class Job>
void for_row_blocks(std::int64_t rows, int threads, const Job& job) {
  constexpr std::int64_t block_rows = 1024;
  const std::int64_t blocks = ceil_div(rows, block_rows);
  Crew crew(static_cast<int>(std::clamp<std::int64_t>(blocks, 1, worker_count(threads))));
  crew.run([&](Crew& team) {
    team.phase(blocks, [&](std::int64_t block, int) {
      job(IndexRange{block * block_rows, std::min(rows, (block + 1) * block_rows)});
    });
  });
}

}  // namespace millrace
