// SPDX-License-Identifier: Apache-2.0
//
// Pieces of files as messages show them: one line, never too long.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The text between single quotes, at most 40 bytes of it, control characters as blanks.
[[nodiscard]] std::string excerpt(std::string_view text);

/// "a, b, c"; of more than 20 names the first 20 and how many more there are.
[[nodiscard]] std::string some_names(const std::vector<std::string>& names);

}  // namespace millrace
