// SPDX-License-Identifier: Apache-2.0
//
// How many threads this process may use, and why.
#pragma once

#include <sched.h>

#include <string>

namespace millrace {

struct CpuBudget {
  int processors = 1;  ///< min(affinity mask, floored cgroup quota), at least 1
  int limit = 0;       ///< of OMP_NUM_THREADS, for the threads of this process; 0: none that is below the processors
  /// "affinity mask of 2 of 2 processors, no cgroup quota", "cgroup quota of 3.5 processors, 64 in the affinity mask",
  /// either with "OMP_NUM_THREADS=1, " in front
  std::string reason;

  /// Threads by default: the processors, up to the limit.
  [[nodiscard]] int threads() const { return limit > 0 ? limit : processors; }
};

/// Read once per process: the affinity mask, cpu.max of cgroup v2 or cpu.cfs_quota_us of v1 along the path of the
/// process's group, and OMP_NUM_THREADS, by which batch systems and users say how many threads a program may have.
[[nodiscard]] const CpuBudget& cpu_budget();

/// The processors that this process may use, as a text that is equal for equal sets.
[[nodiscard]] std::string processor_set();

/// The number of workers for an option `threads`: `asked`, or for 0 the threads of the budget. Throws Error{usage}
/// for a negative number and for more than 1024.
[[nodiscard]] int worker_count(int asked);

/// The budget that the files below `root` describe ("/", except in tests) for a process that may run on `affinity` of
/// `online` processors. omp_threads: the value of OMP_NUM_THREADS, whose first number counts; null if it is not set.
[[nodiscard]] CpuBudget read_cpu_budget(const std::string& root, int affinity, int online,
                                        const char* omp_threads = nullptr);

/// With OMP_PROC_BIND set, libgomp pins the thread that loads it to one processor, and oneTBB's threads inherit this.
/// While this guard lives, the calling thread may run on every processor that the process was allowed at its start.
class AffinityGuard {
 public:
  AffinityGuard();
  ~AffinityGuard();
  AffinityGuard(const AffinityGuard&) = delete;
  AffinityGuard& operator=(const AffinityGuard&) = delete;

 private:
  cpu_set_t before_;
  bool changed_ = false;
};

}  // namespace millrace
