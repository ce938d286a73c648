// SPDX-License-Identifier: Apache-2.0
#include "base/converted_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace millrace {

namespace {

// Other programs inherit the variable, too, and their descriptor of this number may be anything.
bool is_in_memory(const std::string& descriptor) {
  std::error_code code;
  return std::filesystem::read_symlink("/proc/self/fd/" + descriptor, code).string().starts_with("/memfd:");
}

}  // namespace

std::string converted_file(const std::string& path) {
  const char* const found = std::getenv("MILLRACE_CONVERTED");
  std::string_view lines = found == nullptr ? "" : found;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || line.substr(blank + 1) != path) continue;
    const std::string descriptor(line.substr(0, blank));
    if (is_in_memory(descriptor)) return "/dev/fd/" + descriptor;
  }
  return path;
}

}  // namespace millrace
