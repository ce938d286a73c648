// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/named_file.hpp"

#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"

namespace millrace::cli {

namespace {

namespace fs = std::filesystem;

// The folder of a file that does not exist yet may have two names.
bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code code;
  if (fs::exists(a, code) && fs::exists(b, code)) return fs::equivalent(a, b, code);
  return fs::weakly_canonical(fs::absolute(a, code), code) == fs::weakly_canonical(fs::absolute(b, code), code);
}

}  // namespace

void keep_apart(std::string_view who, const std::vector<NamedFile>& read, const std::vector<NamedFile>& written) {
  std::vector<NamedFile> others = read;
  for (const NamedFile& file : written) {
    for (const NamedFile& other : others) {
      if (file.path.empty() || other.path.empty() || !same_file(file.path, other.path)) continue;
      fail(ErrorKind::usage, who,
           file.name + " is '" + file.path + "', the file of " + other.name + ", expected another file");
    }
    others.push_back(file);
  }
}

void require_writable(const std::vector<NamedFile>& files) {
  for (const NamedFile& file : files) {
    if (file.path.empty()) continue;
    const AtomicFile trial(file.path);
  }
}

}  // namespace millrace::cli
