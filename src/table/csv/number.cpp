// SPDX-License-Identifier: Apache-2.0
#include "table/csv/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"

namespace millrace {

std::optional<float> cell_number(std::string_view text) {
  text = trim(text);
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
