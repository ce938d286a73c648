// SPDX-License-Identifier: Apache-2.0
#include "export/half.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace millrace {

float from_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16, exponent = half >> 10 & 31U, fraction = half & 1023U;
  if (exponent == 0)
    return std::copysign(std::ldexp(static_cast<float>(fraction), -24), std::bit_cast<float>(sign | 0x3F800000U));
  const std::uint32_t widened = exponent == 31 ? 255 : exponent + 127 - 15;
  return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

std::uint16_t to_half(double number) {
  constexpr std::uint16_t infinity = 31U << 10, not_a_number = infinity | 512U;
  const std::uint16_t sign = std::signbit(number) ? 0x8000U : 0;
  const double size = std::abs(number);
  if (std::isnan(number)) return sign | not_a_number;
  if (std::isinf(number)) return sign | infinity;
  // In units of the last digit, which has the same size for all numbers below 2^-14. A carry into the exponent is right:
  // the next larger half follows in the order of bits.
  const int exponent = size == 0 ? -14 : std::max(std::ilogb(size), -14);
  const auto digits = static_cast<std::int64_t>(std::nearbyint(std::ldexp(size, 10 - exponent)));
  const std::int64_t bits = digits + (std::int64_t{exponent + 14} << 10);
  return sign | static_cast<std::uint16_t>(std::min<std::int64_t>(bits, infinity));
}

double in_half(double number) { return static_cast<double>(from_half(to_half(number))); }

}  // namespace millrace
