// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace millrace::cli {

/// A new folder for temporary files, in $TMPDIR or /tmp. The destructor removes it with its files. Throws
/// Error{environment} if it cannot be created.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace millrace::cli
