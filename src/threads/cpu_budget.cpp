// SPDX-License-Identifier: Apache-2.0
#include "threads/cpu_budget.hpp"

#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "base/control_groups.hpp"
#include "base/fail.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

// The processors that this process may use, even if libgomp pinned the calling thread: OpenMP's places partition them.
cpu_set_t allowed_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  for (int place = 0; place < omp_get_num_places(); ++place) {
    std::vector<int> ids(omp_get_place_num_procs(place));
    omp_get_place_proc_ids(place, ids.data());
    for (const int id : ids) CPU_SET(id, &allowed);
  }
  if (CPU_COUNT(&allowed) == 0) sched_getaffinity(0, sizeof allowed, &allowed);
  return allowed;
}

}  // namespace

CpuBudget read_cpu_budget(const std::string& root, int affinity, int online, const char* omp_threads) {
  const double quota = cgroup_processors(root);
  CpuBudget budget;
  budget.processors = std::max(1, affinity);
  std::ostringstream reason;
  if (quota < affinity) {
    budget.processors = std::max(1, static_cast<int>(std::floor(quota)));
    reason << "cgroup quota of " << quota << " processors, " << affinity << " in the affinity mask";
  } else {
    reason << "affinity mask of " << affinity << " of " << online << " processors, "
           << (std::isfinite(quota) ? "a wider cgroup quota" : "no cgroup quota");
  }
  // A list has a number for each level of nesting. Any other text is ignored, as OpenMP ignores it.
  const std::int64_t asked = omp_threads == nullptr ? 0 : std::strtoll(omp_threads, nullptr, 10);
  if (asked >= 1 && asked < budget.processors) budget.limit = static_cast<int>(asked);
  budget.reason =
      (budget.limit > 0 ? "OMP_NUM_THREADS=" + std::to_string(budget.limit) + ", " : std::string()) + reason.str();
  return budget;
}

const CpuBudget& cpu_budget() {
  static const CpuBudget budget = [] {
    const cpu_set_t allowed = allowed_processors();
    return read_cpu_budget("/", CPU_COUNT(&allowed), static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)),
                           std::getenv("OMP_NUM_THREADS"));
  }();
  return budget;
}

std::string processor_set() {
  const cpu_set_t allowed = allowed_processors();
  std::string text;
  for (int id = 0; id < CPU_SETSIZE; ++id)
    if (CPU_ISSET(id, &allowed)) text += std::to_string(id) + " ";
  return text;
}

int worker_count(int asked) {
  constexpr int most_threads = 1024;  // so that a typo does not start a million
  if (asked < 0 || asked > most_threads)
    fail(ErrorKind::usage, "threads",
         std::to_string(asked) + " threads, expected 1 to " + std::to_string(most_threads) + ", or 0 for automatic");
  return asked > 0 ? asked : cpu_budget().threads();
}

AffinityGuard::AffinityGuard() {
  if (omp_get_proc_bind() == omp_proc_bind_false || sched_getaffinity(0, sizeof before_, &before_) != 0) return;
  const cpu_set_t allowed = allowed_processors();
  if (CPU_EQUAL(&allowed, &before_)) return;
  changed_ = sched_setaffinity(0, sizeof allowed, &allowed) == 0;
}

AffinityGuard::~AffinityGuard() {
  if (changed_) sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace millrace
