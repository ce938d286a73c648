// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   float value;
//   const char* after = scan_number(at, value);      // nullptr: ask the general parser
//
// Reads a number eight digits at a time, without a branch for every digit, and gives the bits of the general parser.
//
// The digits make a whole number below 10^18, which is multiplied by a power of ten in double. The three roundings on
// the way err by at most three units in the last place of the double. Between two floats lies the point where rounding
// to float changes direction. Unless the double is closer than those three units to such a point, it lies on the same
// side of it as the exact value, and rounds to the same float. If it is closer, the general parser decides.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace millrace {

/// How many bytes scan_number may read.
inline constexpr int number_scan_reach = 64;

namespace detail {

/// A high bit in each byte of `digits` (characters with '0' taken off by exclusive or) that is not a digit.
constexpr std::uint64_t not_digits(std::uint64_t digits) {
  return (((digits & 0x7F7F7F7F7F7F7F7FU) + 0x7676767676767676U) | digits) & 0x8080808080808080U;
}

/// The number that eight digits spell, the first in the lowest byte. After D. Lemire, "Quickly parsing eight digits".
constexpr std::uint64_t eight_digits(std::uint64_t digits) {
  digits = digits * 10 + (digits >> 8);
  constexpr std::uint64_t pairs = 0x000000FF000000FFU;
  return ((digits & pairs) * 0x000F424000000064U + ((digits >> 16) & pairs) * 0x0000271000000001U) >> 32 & 0xFFFFFFFFU;
}

/// A condition as a mask: a branch on data like this would be mispredicted.
constexpr std::uint64_t all_ones_if(bool condition) { return std::uint64_t{0} - std::uint64_t{condition}; }

/// The digits at the start of eight characters: how many (0 to 8), and the number they spell (0 for none).
struct Digits {
  int count;
  std::uint64_t value;

  explicit Digits(const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    bytes ^= 0x3030303030303030U;
    // The bit added at the top makes the count 8 if all are digits; counting the zeros of 0 would take a branch.
    count = (std::countr_zero(not_digits(bytes) >> 7 | std::uint64_t{1} << 63) + 7) / 8;
    // Zeros move in ahead of the first digit, and whatever follows the last digit moves out.
    value = eight_digits(bytes << ((64 - 8 * count) & 63)) & all_ones_if(count != 0);
  }
};

inline constexpr std::array<std::uint64_t, 9> whole_powers = {1,      10,      100,      1000,     10000,
                                                              100000, 1000000, 10000000, 100000000};
/// 10^(i - 22), rounded to double.
inline constexpr std::array<double, 41> powers = {
    1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9,
    1e-8,  1e-7,  1e-6,  1e-5,  1e-4,  1e-3,  1e-2,  1e-1,  1e0,   1e1,   1e2,   1e3,   1e4,   1e5,
    1e6,   1e7,   1e8,   1e9,   1e10,  1e11,  1e12,  1e13,  1e14,  1e15,  1e16,  1e17,  1e18};

/// A whole number and how many digits of it count: all but zeros ahead of the point.
struct Mantissa {
  std::uint64_t value = 0;
  int digits = 0;

  void append(const Digits& more) {
    value = value * whole_powers[more.count] + more.value;
    digits += more.count;
  }
};

/// Appends the digits at `at`, sixteen in a straight line and then the rest. Returns where they end.
inline const char* append_digits(const char* at, Mantissa& mantissa) {
  const Digits first(at);
  Digits second(at + 8);
  const std::uint64_t all = std::uint64_t{0} - static_cast<std::uint64_t>(first.count >> 3);
  second.count &= static_cast<int>(all);
  second.value &= all;
  mantissa.append(first);
  mantissa.append(second);
  at += first.count + second.count;
  if (second.count < 8) return at;
  const Digits third(at);
  mantissa.append(third);
  return at + third.count;
}

/// Rounds mantissa * 10^exponent to float, if that way is sure to give the nearest: 0 <= mantissa < 10^18 and
/// -22 <= exponent <= 18.
inline bool round_decimal(std::uint64_t mantissa, int exponent, bool negative, float& value) {
  const double magnitude = static_cast<double>(static_cast<std::int64_t>(mantissa)) * powers[exponent + 22];
  // A float lacks the lower 29 bits of a double; 2^28 is halfway between two floats.
  constexpr std::uint64_t lower = (std::uint64_t{1} << 29) - 1, halfway = std::uint64_t{1} << 28, doubt = 4;
  if ((std::bit_cast<std::uint64_t>(magnitude) & lower) - (halfway - doubt) <= 2 * doubt) return false;
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(magnitude));
  value = std::bit_cast<float>(bits | std::uint32_t{negative} << 31);
  return true;
}

}  // namespace detail

/// Reads [-]digits[.digits][e[+-]digits]. Returns where the number ends, which may be in the middle of a cell: the
/// caller looks at what stands there. Returns nullptr if no such number starts here, and if it is too long, too large or
/// too close to a rounding point. Reads up to number_scan_reach bytes.
inline const char* scan_number(const char* at, float& value) {
  if constexpr (std::endian::native != std::endian::little) return nullptr;
  const bool negative = *at == '-';
  at += negative;
  detail::Mantissa mantissa;
  const detail::Digits whole(at);
  mantissa.append(whole);
  at += whole.count;
  if (whole.count == 8) {
    const detail::Digits more(at);
    mantissa.append(more);
    at += more.count;
    if (more.count == 8) return nullptr;
  }
  int exponent = 0;
  if (*at == '.') {
    mantissa.digits &= static_cast<int>(detail::all_ones_if(mantissa.value != 0));
    const char* const point = at;
    at = detail::append_digits(at + 1, mantissa);
    exponent = static_cast<int>(point + 1 - at);
    if (exponent == 0 && whole.count == 0) return nullptr;
  } else if (whole.count == 0) {
    return nullptr;
  }
  if ((*at | 0x20) == 'e') {
    ++at;
    const bool down = *at == '-';
    at += down || *at == '+';
    const detail::Digits digits(at);
    if (digits.count == 0 || digits.count > 3) return nullptr;
    at += digits.count;
    exponent += down ? -static_cast<int>(digits.value) : static_cast<int>(digits.value);
    if (exponent > 18) return nullptr;
  }
  if (mantissa.digits > 18 || exponent < -22) return nullptr;
  return detail::round_decimal(mantissa.value, exponent, negative, value) ? at : nullptr;
}

}  // namespace millrace
