// SPDX-License-Identifier: Apache-2.0
#include "base/formatted.hpp"

#include <locale.h>

#include <array>
#include <cstdio>

namespace millrace {

// printf writes the decimal point of the thread's locale, which a program that uses the library may have set.
std::string formatted(const char* format, double value) {
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  std::array<char, 64> text;
  const locale_t own = uselocale(plain);
  std::snprintf(text.data(), text.size(), format, value);
  uselocale(own);
  return text.data();
}

std::string counted(std::int64_t count, const std::string& noun) { return counted(count, noun, noun + "s"); }

std::string counted(std::int64_t count, const std::string& one, const std::string& several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

}  // namespace millrace
