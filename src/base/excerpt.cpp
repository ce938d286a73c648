// SPDX-License-Identifier: Apache-2.0
#include "base/excerpt.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "base/utf8.hpp"

namespace millrace {

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::size_t size = std::min(text.size(), longest);
  // Does not cut a character of several bytes.
  while (size < text.size() && size > 0 && is_within_character(text[size])) --size;
  std::string shown(text.substr(0, size));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  }
  return "'" + shown + (size < text.size() ? "...'" : "'");
}

std::string some_names(const std::vector<std::string>& names) { return listed(names, 20); }

}  // namespace millrace
