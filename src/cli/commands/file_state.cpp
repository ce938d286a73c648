// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/file_state.hpp"

#include <sys/stat.h>

namespace millrace::cli {

FileState state_of(const char* path) noexcept {
  struct stat status {};
  if (::stat(path, &status) != 0) return {};
  return {.regular = S_ISREG(status.st_mode),
          .device = static_cast<std::int64_t>(status.st_dev),
          .inode = static_cast<std::int64_t>(status.st_ino),
          .size = status.st_size,
          .seconds = status.st_mtim.tv_sec,
          .nanoseconds = status.st_mtim.tv_nsec};
}

}  // namespace millrace::cli
