// SPDX-License-Identifier: Apache-2.0
#include "threads/cpu_budget.hpp"

#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "base/text.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

std::string read_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// cgroup v2: "max 100000" or "150000 100000" (quota and period in microseconds).
double quota_v2(const std::filesystem::path& group) {
  std::istringstream line(read_line(group / "cpu.max"));
  std::string quota;
  double period = 0;
  if (!(line >> quota >> period) || quota == "max" || period <= 0) return unlimited;
  return parse_number(quota).value_or(unlimited) / period;
}

// cgroup v1: a quota of -1 means none.
double quota_v1(const std::filesystem::path& group) {
  const double quota = parse_number(read_line(group / "cpu.cfs_quota_us")).value_or(-1);
  const double period = parse_number(read_line(group / "cpu.cfs_period_us")).value_or(0);
  return quota > 0 && period > 0 ? quota / period : unlimited;
}

// A group is limited by its own quota and by the quotas of all groups above it. Inside a container the path that the
// kernel reports may not exist below the mount; then the root of the mount is the group.
template <class Quota>
double tightest(const std::filesystem::path& mount, const std::string& group, Quota quota) {
  double least = quota(mount);
  std::filesystem::path path = mount;
  for (const std::filesystem::path& part : std::filesystem::path(group).relative_path())
    least = std::min(least, quota(path /= part));
  return least;
}

double cgroup_quota(const std::string& root) {
  double least = unlimited;
  std::ifstream groups(std::filesystem::path(root) / "proc/self/cgroup");
  const std::filesystem::path mount = std::filesystem::path(root) / "sys/fs/cgroup";
  for (std::string line; std::getline(groups, line);) {
    const std::vector<std::string> fields = split_text(line, ':');  // hierarchy:controllers:path
    if (fields.size() < 3) continue;
    if (fields[0] == "0" && fields[1].empty()) {
      least = std::min({least, tightest(mount, fields[2], quota_v2), tightest(mount / "unified", fields[2], quota_v2)});
      continue;
    }
    const std::vector<std::string> controllers = split_text(fields[1], ',');
    if (std::find(controllers.begin(), controllers.end(), "cpu") == controllers.end()) continue;
    for (const std::string& name : {fields[1], std::string("cpu")})
      least = std::min(least, tightest(mount / name, fields[2], quota_v1));
  }
  return least;
}

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

CpuBudget read_cpu_budget(const std::string& root, int affinity, int online) {
  const double quota = cgroup_quota(root);
  CpuBudget budget;
  budget.processors = std::max(1, affinity);
  std::ostringstream reason;
  if (quota < affinity) {
    budget.processors = std::max(1, static_cast<int>(std::floor(quota)));
    reason << "cgroup quota of " << quota << " processors, " << affinity << " in the affinity mask";
  } else {
    reason << "affinity mask of " << affinity << " of " << online << " processors, "
           << (quota < unlimited ? "a wider cgroup quota" : "no cgroup quota");
  }
  budget.reason = reason.str();
  return budget;
}

const CpuBudget& cpu_budget() {
  static const CpuBudget budget = [] {
    const cpu_set_t allowed = allowed_processors();
    return read_cpu_budget("/", CPU_COUNT(&allowed), static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  }();
  return budget;
}

int worker_count(int asked) {
  constexpr int most_threads = 1024;  // so that a typo does not start a million
  if (asked < 0 || asked > most_threads)
    fail(ErrorKind::usage, "threads",
         std::to_string(asked) + " threads, expected 1 to " + std::to_string(most_threads) + ", or 0 for automatic");
  return asked > 0 ? asked : cpu_budget().processors;
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
