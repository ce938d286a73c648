// SPDX-License-Identifier: Apache-2.0
//
// The system calls on files whose failure a test has to cause. Only tests assign to file_calls.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace millrace::detail {

struct FileCalls {
  int (*open)(const char* path, int flags, mode_t mode);
  ssize_t (*write)(int descriptor, const void* bytes, std::size_t size);
  int (*fsync)(int descriptor);
  int (*rename)(const char* from, const char* to);
  /// Maps the first `size` bytes of a file, read-only. MAP_FAILED and errno as mmap().
  void* (*map)(int descriptor, std::size_t size);
};
extern FileCalls file_calls;

/// Writes all bytes, in as many calls as the system wants. Returns 0, or the errno of the call that failed.
[[nodiscard]] int write_all(int descriptor, std::span<const std::byte> bytes);

}  // namespace millrace::detail
