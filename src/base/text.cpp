// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace {

namespace {

template <class Number>
std::string shortest(Number value) {
  if (value != value) return "nan";  // of any sign
  std::array<char, 40> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

bool is_blank_or_line_end(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::string number_text(double value) { return shortest(value); }
std::string number_text(float value) { return shortest(value); }

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), lower_case);
  return lower;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank_or_line_end(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank_or_line_end(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> parse_number(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto result = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  // From version 5 on, fast_float reports a number out of range as an error, but still sets infinity or zero.
  const bool read = result.ec == std::errc() || result.ec == std::errc::result_out_of_range;
  if (!read || result.ptr != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::vector<std::string> split_text(std::string_view text, char separator) {
  std::vector<std::string> parts;
  if (text.empty()) return parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace millrace
