// SPDX-License-Identifier: Apache-2.0
#include "base/working_folder.hpp"

#include <sys/stat.h>

#include <system_error>

namespace millrace {

WorkingFolder::WorkingFolder() {
  std::error_code code;  // the folder may be gone
  path_ = std::filesystem::current_path(code);
  struct stat status {};
  if (::stat(".", &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
}

std::string WorkingFolder::placed(const std::string& path) const {
  struct stat now {};
  const bool is_here = ::stat(".", &now) == 0 && now.st_dev == device_ && now.st_ino == inode_;
  return is_here || path_.empty() ? path : (path_ / path).string();
}

}  // namespace millrace
