// SPDX-License-Identifier: Apache-2.0
//
// Names and metadata in files are UTF-8. Names that users give may be anything until they are checked.
#pragma once

#include <string_view>

namespace millrace {

/// Whether `text` is well-formed UTF-8: shortest forms only, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);
/// Throws Error{usage} "[who] WHAT is not UTF-8 text, expected UTF-8" unless `text` is.
void require_utf8(std::string_view text, std::string_view who, std::string_view what);
/// Whether this byte of a UTF-8 text continues a character instead of beginning one.
[[nodiscard]] constexpr bool is_within_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace millrace
