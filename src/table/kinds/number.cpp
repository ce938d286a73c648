// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"

namespace millrace {

namespace {

// Without blanks at the ends, unbroken ones included: they cannot be seen.
std::string_view without_blanks(std::string_view text) {
  text = trim(text);
  for (const std::string_view blank : unbroken_blanks) {
    while (text.ends_with(blank)) text = trim(text.substr(0, text.size() - blank.size()));
    while (text.starts_with(blank)) text = trim(text.substr(blank.size()));
  }
  return text;
}

}  // namespace

std::optional<float> cell_number(std::string_view text) {
  text = without_blanks(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  float value = 0;
  const auto result = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  // fast_float from version 5 on calls a number beyond the type an error, and still sets infinity or zero.
  const bool read = result.ec == std::errc() || result.ec == std::errc::result_out_of_range;
  if (!read || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace millrace
