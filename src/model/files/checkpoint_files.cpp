// SPDX-License-Identifier: Apache-2.0
#include "model/files/checkpoint_files.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/fail.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace fs = std::filesystem;

std::string checkpoint_of_age(const std::string& path, int age) {
  if (age == 0) return path;
  const fs::path file(path);
  const std::string name = file.stem().string() + "." + std::to_string(age) + file.extension().string();
  return (file.parent_path() / name).string();
}

std::vector<std::string> existing_checkpoints(const std::string& path) {
  std::vector<std::string> found;
  std::error_code code;
  if (fs::exists(path, code)) found.push_back(path);
  for (int age = 1; fs::exists(checkpoint_of_age(path, age), code); ++age)
    found.push_back(checkpoint_of_age(path, age));
  return found;
}

void age_checkpoints(const std::string& path, int keep) {
  std::error_code code;
  if (keep <= 1 || !fs::exists(path, code)) return;
  const std::string previous = checkpoint_of_age(path, 1);
  // The save before this one failed after this point: both names have the same file already.
  if (fs::equivalent(path, previous, code)) return;
  for (int age = keep - 1; age > 1; --age) {
    const std::string younger = checkpoint_of_age(path, age - 1);
    if (fs::exists(younger, code))
      static_cast<void>(std::rename(younger.c_str(), checkpoint_of_age(path, age).c_str()));
  }
  ::unlink(previous.c_str());
  if (::link(path.c_str(), previous.c_str()) == 0) return;
  // Some file systems have no second names.
  if (fs::copy_file(path, previous, code)) return;
  fail(ErrorKind::environment, "file",
       "cannot keep '" + path + "' as '" + previous + "': " + code.message() +
           ", expected a folder with free space, or to keep one checkpoint");
}

}  // namespace millrace
