// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace millrace::cli {

inline constexpr std::size_t help_column = 34;  ///< where the explanations of flags begin
inline constexpr std::size_t help_width = 84;   ///< and how wide they are

/// `text` in lines of at most `width` bytes, broken at blanks; lines after the first begin with `indent` blanks.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace millrace::cli
