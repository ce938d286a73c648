// SPDX-License-Identifier: Apache-2.0
//
// exp, expm1, log, log1p, tanh and erf in fp32, without calls and branches, so that loops over them can be vectorised.
// In double, the type of the references, they are those of the standard library.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/vectorize.hpp"

namespace millrace {

/// Horner's rule: c0 x^n + c1 x^(n-1) + ... + cn.
template <class... Coefficients>
[[nodiscard]] MILLRACE_INLINE float polynomial(float x, float sum, Coefficients... rest) {
  ((sum = sum * x + rest), ...);
  return sum;
}

/// e^x = 2^n (1 + y) for x from -87.4 to 89, with y from 1/sqrt 2 - 1 to sqrt 2 - 1. Reduction and polynomial: S.
/// Moshier's Cephes library, expf.
struct ScaledExponential {
  std::int32_t n;
  float y;
};
[[nodiscard]] MILLRACE_INLINE ScaledExponential scaled_exponential(float x) {
  constexpr float round = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  const float shifted = x * 1.44269504F + round, n = shifted - round;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;  // ln 2 in two parts
  const float p = polynomial(r, 1.9875691500e-4F, 1.3981999507e-3F, 8.3334519073e-3F, 4.1665795894e-2F,
                             1.6666665459e-1F, 5.0000001201e-1F);
  return {std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(round), p * r * r + r};
}

/// e^x within 2 units in the last place; 0 below the least normal number, infinity above the largest, NaN of NaN.
[[nodiscard]] MILLRACE_INLINE float exponential(float x) {
  constexpr float least = -87.33654F;
  const ScaledExponential e = scaled_exponential(std::min(std::max(x, least), 89.0F));
  // 2^n in two factors, since 2^128 is none that a float can hold.
  const std::int32_t half = e.n / 2;
  const auto power_of_two = [](std::int32_t n) { return std::bit_cast<float>((n + 127) << 23); };
  const float result = (e.y + 1.0F) * power_of_two(half) * power_of_two(e.n - half);
  return x < least ? 0.0F : result;
}
[[nodiscard]] inline double exponential(double x) { return std::exp(x); }

/// (e^x - 1) / 2 = 2^(n - 1) y + (2^(n - 1) - 1/2) for x up to 89. A float can hold no 2^128, but half of it.
[[nodiscard]] MILLRACE_INLINE float half_of_exponential_minus_one(float x) {
  constexpr float least = -18.0F;  // e^-18 is less than half a unit of 1
  const ScaledExponential e = scaled_exponential(std::max(x, least));
  const float half = std::bit_cast<float>((e.n + 126) << 23);
  return half * e.y + (half - 0.5F);
}

/// e^x - 1 within 3 units in the last place, as nothing cancels where n is 0; infinity above the largest, NaN of NaN.
[[nodiscard]] MILLRACE_INLINE float exponential_minus_one(float x) {
  return 2 * half_of_exponential_minus_one(std::min(x, 89.0F));
}
[[nodiscard]] inline double exponential_minus_one(double x) { return std::expm1(x); }

/// tanh x within 3 units in the last place, by way of e^(-2 |x|) - 1: it overflows nowhere.
[[nodiscard]] MILLRACE_INLINE float hyperbolic_tangent(float x) {
  const float half = half_of_exponential_minus_one(-2 * std::abs(x));
  return std::copysign(half / (half + 1), x);
}
[[nodiscard]] inline double hyperbolic_tangent(double x) { return std::tanh(x); }

/// erf x within 4 units in the last place: x p(t) with t = 2 (x / 3.93)^2 - 1, within -1 and 1, which it reaches beyond
/// 3.93. One polynomial and no exponential: a vector register is through with it in two dozen operations. The
/// coefficients are a fit of our own to erf x / x, of the least largest relative error: weighted least squares,
/// reweighted by the rule of C. L. Lawson (thesis, UCLA 1961).
[[nodiscard]] MILLRACE_INLINE float error_function(float x) {
  constexpr float end = 3.93F * 3.93F;
  const float t = std::min(x * x, end) * (2 / end) - 1;
  const float p = polynomial(t, 3.741035180e-4F, -9.731368045e-4F, 7.230502670e-4F, -1.100748079e-3F, 4.261880647e-3F,
                             -8.323535323e-3F, 1.260055508e-2F, -1.992727257e-2F, 3.085662052e-2F, -4.387856275e-2F,
                             5.841746181e-2F, -7.409704477e-2F, 9.058145434e-2F, -1.090025529e-1F, 1.337807029e-1F,
                             -1.796602607e-1F, 3.598202169e-1F);
  return std::min(std::max(p * x, -1.0F), 1.0F);
}
[[nodiscard]] inline double error_function(double x) { return std::erf(x); }

/// log x within 2 units in the last place (near 1, where it is 0: of the difference from 1); minus infinity of 0, NaN
/// below. Reduction and polynomial: Cephes, logf.
[[nodiscard]] MILLRACE_INLINE float logarithm(float x) {
  constexpr float infinity = std::numeric_limits<float>::infinity(), least = std::numeric_limits<float>::min();
  // x = 2^n m with m from sqrt(1/2) to sqrt 2; numbers below the least normal one are lifted first.
  const bool small = x < least;
  const std::int32_t bits = std::bit_cast<std::int32_t>(small ? x * 8388608.0F : x), power = (bits - 0x3f3504f3) >> 23;
  const float m = std::bit_cast<float>(bits - (power << 23)) - 1, n = static_cast<float>(power - (small ? 23 : 0)),
              z = m * m;
  const float p =
      polynomial(m, 7.0376836292e-2F, -1.1514610310e-1F, 1.1676998740e-1F, -1.2420140846e-1F, 1.4249322787e-1F,
                 -1.6668057665e-1F, 2.0000714765e-1F, -2.4999993993e-1F, 3.3333331174e-1F);
  const float y = m + (p * m * z - 2.12194440e-4F * n - 0.5F * z) + 0.693359375F * n;
  const float ended = x < infinity ? y : x;  // infinity, NaN
  return x > 0 ? ended : x == 0 ? -infinity : std::numeric_limits<float>::quiet_NaN();
}
[[nodiscard]] inline double logarithm(double x) { return std::log(x); }

/// log(1 - x) for 0 <= x < 1, within 3 units in the last place: what 1 - x rounds away is added to first order.
[[nodiscard]] MILLRACE_INLINE float log_of_one_minus(float x) {
  const float rest = 1 - x;
  return logarithm(rest) + ((1 - rest) - x) / rest;
}
[[nodiscard]] inline double log_of_one_minus(double x) { return std::log1p(-x); }

/// log(1 + x) for 0 <= x <= 1, within 2 units in the last place: 2 artanh(x / (2 + x)) as a series.
[[nodiscard]] MILLRACE_INLINE float log_of_one_plus(float x) {
  const float s = x / (2 + x), z = s * s;
  const float p = polynomial(z, 1.0F / 13, 1.0F / 11, 1.0F / 9, 1.0F / 7, 1.0F / 5, 1.0F / 3);
  return 2 * s + 2 * s * z * p;
}
[[nodiscard]] inline double log_of_one_plus(double x) { return std::log1p(x); }

}  // namespace millrace
