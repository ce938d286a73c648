// SPDX-License-Identifier: Apache-2.0
//
//   run_jobs(std::ssize(columns), threads, [&](std::int64_t i) { ... });
//
// Jobs that do not depend on one another, outside a training step.
#pragma once

#include <algorithm>
#include <cstdint>

#include "threads/cpu_budget.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// How many workers take so many jobs: one for each job at most, and at least 1. threads: 0: one per processor.
/// Throws Error{usage} as worker_count() does.
[[nodiscard]] inline int workers_for(std::int64_t jobs, int threads) {
  return static_cast<int>(std::clamp<std::int64_t>(jobs, 1, worker_count(threads)));
}

/// Calls job(index) for every index in [0, jobs), on workers_for(jobs, threads) workers.
template <class Job>
void run_jobs(std::int64_t jobs, int threads, const Job& job) {
  Crew crew(workers_for(jobs, threads));
  crew.run([&](Crew& team) { team.phase(jobs, [&](std::int64_t index, int) { job(index); }); });
}

}  // namespace millrace
