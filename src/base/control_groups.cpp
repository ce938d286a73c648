// SPDX-License-Identifier: Apache-2.0
#include "base/control_groups.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace millrace {

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

std::string read_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "max 100000" or "150000 100000" (quota and period in microseconds).
double quota_v2(const std::filesystem::path& group) {
  std::istringstream line(read_line(group / "cpu.max"));
  std::string quota;
  double period = 0;
  if (!(line >> quota >> period) || quota == "max" || period <= 0) return unlimited;
  return parse_number(quota).value_or(unlimited) / period;
}

// A quota of -1 means none.
double quota_v1(const std::filesystem::path& group) {
  const double quota = parse_number(read_line(group / "cpu.cfs_quota_us")).value_or(-1);
  const double period = parse_number(read_line(group / "cpu.cfs_period_us")).value_or(0);
  return quota > 0 && period > 0 ? quota / period : unlimited;
}

double bytes_or_unlimited(const std::string& text) {
  constexpr double no_limit = 0x1p62;  // version 1 says that there is none by a number of about 2^63
  const double bytes = parse_number(text).value_or(unlimited);
  return bytes >= 0 && bytes < no_limit ? bytes : unlimited;
}

double memory_v2(const std::filesystem::path& group) { return bytes_or_unlimited(read_line(group / "memory.max")); }

double memory_v1(const std::filesystem::path& group) {
  return bytes_or_unlimited(read_line(group / "memory.limit_in_bytes"));
}

using Limit = double (*)(const std::filesystem::path& group);

// Inside a container the path that the kernel reports may not exist below the mount; then the root of the mount is the
// group.
double tightest(const std::filesystem::path& mount, const std::string& group, Limit limit) {
  double least = limit(mount);
  std::filesystem::path path = mount;
  for (const std::filesystem::path& part : std::filesystem::path(group).relative_path())
    least = std::min(least, limit(path /= part));
  return least;
}

double cgroup_limit(const std::string& root, const std::string& controller, Limit of_version_1, Limit of_version_2) {
  double least = unlimited;
  std::ifstream groups(std::filesystem::path(root) / "proc/self/cgroup");
  const std::filesystem::path mount = std::filesystem::path(root) / "sys/fs/cgroup";
  for (std::string line; std::getline(groups, line);) {
    const std::vector<std::string> fields = split_text(line, ':');  // hierarchy:controllers:path
    if (fields.size() < 3) continue;
    if (fields[0] == "0" && fields[1].empty()) {
      for (const std::filesystem::path& place : {mount, mount / "unified"})
        least = std::min(least, tightest(place, fields[2], of_version_2));
      continue;
    }
    const std::vector<std::string> controllers = split_text(fields[1], ',');
    if (std::find(controllers.begin(), controllers.end(), controller) == controllers.end()) continue;
    for (const std::string& name : {fields[1], controller})
      least = std::min(least, tightest(mount / name, fields[2], of_version_1));
  }
  return least;
}

}  // namespace

double cgroup_processors(const std::string& root) { return cgroup_limit(root, "cpu", quota_v1, quota_v2); }

double cgroup_memory(const std::string& root) { return cgroup_limit(root, "memory", memory_v1, memory_v2); }

}  // namespace millrace
