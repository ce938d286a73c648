// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/temporary_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>

#include "base/fail.hpp"

namespace millrace::cli {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::error_code code;
  const fs::path parent = fs::temp_directory_path(code);
  path_ = ((code ? fs::path("/tmp") : parent) / "millrace-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) {
    fail(ErrorKind::environment, "millrace",
         "cannot create the temporary folder '" + path_ + "': " + std::generic_category().message(errno) +
             ", expected a folder in TMPDIR that takes files");
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code code;
  fs::remove_all(path_, code);
}

}  // namespace millrace::cli
