// SPDX-License-Identifier: Apache-2.0
#include "base/formatted.hpp"

#include <array>
#include <cstdio>

namespace millrace {

std::string formatted(const char* format, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string counted(std::int64_t count, const std::string& noun) { return counted(count, noun, noun + "s"); }

std::string counted(std::int64_t count, const std::string& one, const std::string& several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

}  // namespace millrace
