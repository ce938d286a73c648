// SPDX-License-Identifier: Apache-2.0
#include "table/text/source.hpp"
#include "base/fail.hpp"

#include <glob.h>

#include <filesystem>

#include "base/mapped_file.hpp"

namespace millrace {

SourceText open_source(const std::string& path, std::string_view who) {
  const MappedFile file(path, who);
  return {path, file.bytes(), file.owner()};
}

SourceText source_of(std::string path, std::string text) {
  const auto owner = std::make_shared<const std::string>(std::move(text));
  return {std::move(path), *owner, owner};
}

std::vector<std::string> matching_files(const std::string& pattern, std::string_view who) {
  std::error_code ignored;
  if (pattern.find_first_of("*?[") == std::string::npos || std::filesystem::exists(pattern, ignored)) return {pattern};
  glob_t found{};
  const std::shared_ptr<glob_t> closer(&found, ::globfree);
  const int code = ::glob(pattern.c_str(), 0, nullptr, &found);
  if (code == GLOB_NOSPACE) throw std::bad_alloc();
  if (found.gl_pathc == 0)
    fail(ErrorKind::data, who, "no file matches the pattern '" + pattern + "', expected one file or more");
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

}  // namespace millrace
