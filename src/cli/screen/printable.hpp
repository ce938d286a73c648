// SPDX-License-Identifier: Apache-2.0
//
// Text for a terminal. Names of columns, classes and models come from files and may contain sequences that a terminal
// obeys: colours, window titles, changes of the writing direction.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::cli {

/// `text` with every character that a terminal does not simply show written as an escape: \x1b (control characters,
/// bytes that are no UTF-8), \u009b (C1 control characters, marks of the writing direction, line separators). Line ends
/// stay. In JSON the escapes stand within strings and mean the same characters.
[[nodiscard]] std::string printable(std::string_view text);

/// The same for one line: a line end becomes \n.
[[nodiscard]] std::string printable_line(std::string_view text);

/// The number of characters of UTF-8 text.
[[nodiscard]] std::size_t character_count(std::string_view text);

}  // namespace millrace::cli
