// SPDX-License-Identifier: Apache-2.0
//
// Numbers as text and back, the same in every locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The shortest text that reads back as exactly `value` ("0.1", "1e-07", "nan").
[[nodiscard]] std::string number_text(double value);
[[nodiscard]] std::string number_text(float value);

/// The number `text` spells, all of it (leading and trailing blanks allowed); nothing when it spells none.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// The parts of `text` between `separator`s; an empty text has none.
[[nodiscard]] std::vector<std::string> split_text(std::string_view text, char separator);

[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace millrace
