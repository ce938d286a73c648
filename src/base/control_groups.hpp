// SPDX-License-Identifier: Apache-2.0
//
// The limits of the control groups of this process, as containers and batch systems set them. A group is limited by its
// own limit and by those of all groups above it.
#pragma once

#include <string>

namespace millrace {

/// Processors: the quota of cpu.max (version 2) or cpu.cfs_quota_us (version 1); infinity without one. root: "/", except
/// in tests.
[[nodiscard]] double cgroup_processors(const std::string& root = "/");

/// Bytes of memory: memory.max (version 2) or memory.limit_in_bytes (version 1); infinity without one.
[[nodiscard]] double cgroup_memory(const std::string& root = "/");

}  // namespace millrace
