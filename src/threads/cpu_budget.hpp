// SPDX-License-Identifier: Apache-2.0
//
// How many threads this process may use, and why.
#pragma once

#include <sched.h>

#include <string>

namespace millrace {

struct CpuBudget {
  int processors = 1;  ///< min(affinity mask, floored cgroup quota), at least 1
  /// "affinity mask of 2 of 2 processors, no cgroup quota", "cgroup quota of 3.5 processors, 64 in the affinity mask"
  std::string reason;
};

/// Read once per process: the affinity mask, and cpu.max of cgroup v2 or cpu.cfs_quota_us of v1 along the path of
/// the process's group.
[[nodiscard]] const CpuBudget& cpu_budget();

/// The processors that this process may use, as a text that is equal for equal sets.
[[nodiscard]] std::string processor_set();

/// The number of workers for an option `threads`: `asked`, or for 0 the processors of the budget. Throws Error{usage}
/// for a negative number and for more than 1024.
[[nodiscard]] int worker_count(int asked);

/// The budget that the files below `root` describe ("/", except in tests) for a process that may run on `affinity` of
/// `online` processors.
[[nodiscard]] CpuBudget read_cpu_budget(const std::string& root, int affinity, int online);

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
