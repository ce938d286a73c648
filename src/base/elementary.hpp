// SPDX-License-Identifier: Apache-2.0
//
// exp and log1p written so that loops over them become vector instructions: no call, no branch. In double, which is the
// reference's type, they are the standard library's.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace millrace {

/// e^x within 2 units in the last place; 0 below the least normal number, infinity above the largest, NaN of NaN.
/// Reduction and polynomial: S. Moshier's Cephes library, expf.
[[nodiscard]] inline float exponential(float x) {
  constexpr float least = -87.33654F, round = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  const float clamped = std::min(std::max(x, least), 89.0F);
  const float shifted = clamped * 1.44269504F + round, n = shifted - round;
  const float r = (clamped - n * 0.693359375F) + n * 2.12194440e-4F;  // ln 2 in two parts
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float y = p * r * r + r + 1.0F;
  // 2^n in two factors, since 2^128 is none that a float can hold.
  const std::int32_t power = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(round),
                     half = power / 2;
  const auto power_of_two = [](std::int32_t e) { return std::bit_cast<float>((e + 127) << 23); };
  const float result = y * power_of_two(half) * power_of_two(power - half);
  return x < least ? 0.0F : result;
}
[[nodiscard]] inline double exponential(double x) { return std::exp(x); }

/// log(1 + x) for 0 <= x <= 1, within 2 units in the last place: 2 artanh(x / (2 + x)) as a series.
[[nodiscard]] inline float log_of_one_plus(float x) {
  const float s = x / (2 + x), z = s * s;
  float p = 1.0F / 13;
  p = p * z + 1.0F / 11;
  p = p * z + 1.0F / 9;
  p = p * z + 1.0F / 7;
  p = p * z + 1.0F / 5;
  p = p * z + 1.0F / 3;
  return 2 * s + 2 * s * z * p;
}
[[nodiscard]] inline double log_of_one_plus(double x) { return std::log1p(x); }

}  // namespace millrace
