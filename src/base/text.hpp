// SPDX-License-Identifier: Apache-2.0
//
// Numbers as text and back, the same in every locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fail.hpp"

namespace millrace {

/// The shortest text that reads back as exactly `value` ("0.1", "1e-07", "nan").
[[nodiscard]] std::string number_text(double value);
[[nodiscard]] std::string number_text(float value);

/// The number that the whole text spells, leading and trailing blanks aside; none if it spells no number.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// The parts of `text` between separators. An empty text has no parts.
[[nodiscard]] std::vector<std::string> split_text(std::string_view text, char separator);

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
/// Of A to Z the small letter, of any other character itself; no locale changes that.
[[nodiscard]] constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[nodiscard]] std::string in_lower_case(std::string_view text);

[[nodiscard]] std::string_view trim(std::string_view text);  ///< without blanks, tabs and line ends at both ends

}  // namespace millrace
