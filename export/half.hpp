// SPDX-License-Identifier: Apache-2.0
//
// Numbers of half precision: sign 1 | exponent 5, bias 15 | fraction 10.
#pragma once

#include <cstdint>

namespace millrace {

inline constexpr double greatest_half = 65504;

/// The float with the value of a half.
[[nodiscard]] float from_half(std::uint16_t half);
/// The nearest half, of two equally near ones the even one; infinite from 65520 on.
[[nodiscard]] std::uint16_t to_half(double number);
/// The value of to_half(number).
[[nodiscard]] double in_half(double number);

}  // namespace millrace
