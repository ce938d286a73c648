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

/// How many workers somebody asked for, 0: as many as the budget has. Throws Error{usage} for less, and for more than
/// any machine has a use for.
[[nodiscard]] int worker_count(int asked);

/// The budget that files below `root` ("/" in real life) describe for a process allowed on `affinity` processors.
[[nodiscard]] CpuBudget read_cpu_budget(const std::string& root, int affinity, int online);

/// With OMP_PROC_BIND set, libgomp pins the thread that loads it to one processor and TBB's threads inherit that.
/// Inside this guard's life the calling thread may run wherever the process was allowed to when it started.
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
