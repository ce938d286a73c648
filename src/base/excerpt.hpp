// SPDX-License-Identifier: Apache-2.0
//
// Parts of files in messages: one short line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The text in single quotes: at most its first 40 bytes, with blanks for control characters.
[[nodiscard]] std::string excerpt(std::string_view text);

/// "a, b, c"; the first 20 names and the number of further ones.
[[nodiscard]] std::string some_names(const std::vector<std::string>& names);

}  // namespace millrace
