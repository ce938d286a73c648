// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const WorkingFolder folder;                  // when the run begins
//   write_file_atomically(folder.placed(path));  // a function of the caller may have changed the working folder since
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace millrace {

/// The working folder of the process at the moment of construction.
class WorkingFolder {
 public:
  WorkingFolder();
  /// The path to use for a file that `path` named at that moment. It is `path` itself while the process works in that
  /// folder, which may have been renamed.
  [[nodiscard]] std::string placed(const std::string& path) const;

 private:
  std::filesystem::path path_;  // empty: not known
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace millrace
