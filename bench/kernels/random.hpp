// SPDX-License-Identifier: Apache-2.0
//
// Random operands of kernels, in float and in double, and slopes by differences.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"

namespace millrace::bench {

/// Standard-normal floats.
inline std::vector<float> normal_floats(std::int64_t count, std::uint64_t id) {
  Random random(1, RandomStream::noise, id);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

inline std::vector<double> in_double(std::span<const float> values) { return {values.begin(), values.end()}; }

inline double inner_product(std::span<const double> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * static_cast<double>(b[i]);
  return sum;
}

/// The slope of `f` at x along v, by central differences in double.
template <class Function>
[[nodiscard]] double slope(const Function& f, std::span<const double> x, std::span<const float> v) {
  constexpr double length = 1e-7;
  std::vector<double> above(x.begin(), x.end()), below = above;
  for (std::size_t i = 0; i < x.size(); ++i) {
    above[i] += length * static_cast<double>(v[i]);
    below[i] -= length * static_cast<double>(v[i]);
  }
  return (f(above) - f(below)) / (2 * length);
}

}  // namespace millrace::bench
