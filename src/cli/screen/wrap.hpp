// SPDX-License-Identifier: Apache-2.0
//
// Help texts in lines that fit the terminal.
#pragma once

#include <string>
#include <string_view>

namespace millrace::cli {

inline constexpr std::size_t help_column = 30;  ///< where the explanations begin

/// The width of help texts: that of the terminal, from 60 to 110 columns; 100 if stdout is no terminal.
[[nodiscard]] std::size_t help_width();

/// `text` in lines of at most `width` bytes, broken at blanks; lines after the first begin with `indent` blanks, which do
/// not count.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

/// "  name    explanation", wrapped; the explanation begins in the next line where the name is too long.
[[nodiscard]] std::string help_entry(std::string_view name, std::string_view explanation);
/// `text` in lines that begin in column `indent`.
[[nodiscard]] std::string help_lines(std::string_view text, std::size_t indent);

}  // namespace millrace::cli
