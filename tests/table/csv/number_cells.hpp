// SPDX-License-Identifier: Apache-2.0
//
// Cells of numbers in every form that files have them in, and what they say.
#pragma once

#include <fast_float/fast_float.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/random.hpp"

namespace millrace::test {

[[nodiscard]] inline std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

/// What the general parser makes of the whole cell; NaN if it does not take all of it.
[[nodiscard]] inline float general(const std::string& cell) {
  float value = 0;
  const auto result = fast_float::from_chars(cell.data(), cell.data() + cell.size(), value);
  return result.ptr == cell.data() + cell.size() ? value : NAN;
}

class CellGenerator {
 public:
  explicit CellGenerator(std::uint64_t seed) : random_(seed, RandomStream::noise) {}

  std::string next() {
    switch (random_.below(6)) {
      case 0:
        return sign() + characters("0123456789012345678901234567890123456789..-e", 1 + random_.below(20));
      case 1:
        return std::to_string(static_cast<std::int64_t>(random_bits() >> random_.below(64)));
      case 2:
        return text(float_of_any_size(), "%.9g");
      case 3:
        return text(double{float_of_any_size()} * 1.1, "%.17g");
      case 4:
        return text(double{float_of_any_size()} * 1.1, "%.18e");
      default:
        return sign() + digits(random_.below(5)) + "." + digits(random_.below(20));
    }
  }

  /// Halfway between two floats, or a few units of the 17th digit beside that.
  std::string next_to_a_rounding_point() {
    const float low = std::abs(float_of_any_size()), high = std::nextafter(low, INFINITY);
    double point = (double{low} + double{high}) / 2;
    for (std::uint64_t steps = random_.below(12); steps > 0; --steps) point = std::nextafter(point, INFINITY);
    return text(point, random_.below(2) == 0 ? "%.17g" : "%.16g");
  }

 private:
  std::uint64_t random_bits() {
    return random_.below(std::uint64_t{1} << 32) << 32 | random_.below(std::uint64_t{1} << 32);
  }
  float float_of_any_size() {
    const double size = std::pow(10.0, static_cast<double>(random_.below(24)) - 12);
    return static_cast<float>((static_cast<double>(random_.below(1 << 30)) / (1 << 29) - 1) * size);
  }
  std::string characters(const std::string& of, std::uint64_t count) {
    std::string text;
    for (; count > 0; --count) text += of[random_.below(of.size())];
    return text;
  }
  std::string digits(std::uint64_t count) { return characters("0123456789", count); }
  std::string sign() { return random_.below(3) == 0 ? "-" : ""; }
  static std::string text(double value, const char* form) {
    std::array<char, 64> out{};
    return {out.data(), static_cast<std::size_t>(std::snprintf(out.data(), out.size(), form, value))};
  }

  Random random_;
};

}  // namespace millrace::test
