// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace millrace::cli {

/// What tells a file from another of the same name, and from itself after a write. The time alone does not: on FAT, some
/// network file systems and old ones it counts in seconds.
struct FileState {
  bool regular = false;
  std::int64_t device = 0, inode = 0, size = 0, seconds = 0, nanoseconds = 0;
  friend bool operator==(const FileState&, const FileState&) = default;
};

/// Of a link, what it leads to; all zeros if there is no such file. Does not allocate.
[[nodiscard]] FileState state_of(const char* path) noexcept;

}  // namespace millrace::cli
