// SPDX-License-Identifier: Apache-2.0
#include "base/file_calls.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace millrace::detail {

FileCalls file_calls = {
    .open = [](const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); },
    .write = ::write,
    .fsync = ::fsync,
    .rename = ::rename,
    .map = [](int descriptor,
              std::size_t size) { return ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0); }};

int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = file_calls.write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    bytes = bytes.subspan(written);
  }
  return 0;
}

}  // namespace millrace::detail
