// SPDX-License-Identifier: Apache-2.0
//
// Names and metadata of files are UTF-8; what users give as names need not be, until it is checked.
#pragma once

#include <string_view>

namespace millrace {

/// Whether `text` is well-formed UTF-8: shortest forms only, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace millrace
