// SPDX-License-Identifier: Apache-2.0
//
// Cells as numbers. Text is rounded to float once, to the nearest, not by way of double: now and then a result differs
// in the last bit from what pandas reads as float64 and NumPy then rounds to float32.
#pragma once

#include <fast_float/fast_float.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The blanks that do not break a line, U+00A0 and U+202F: programs write them within numbers and around them.
inline constexpr std::array<std::string_view, 2> unbroken_blanks{"\xC2\xA0", "\xE2\x80\xAF"};

/// The number `text` spells, all of it but for blanks around it, unbroken ones included, and a plus sign; may be NaN or
/// infinite.
[[nodiscard]] std::optional<float> cell_number(std::string_view text);

}  // namespace millrace
