// SPDX-License-Identifier: Apache-2.0
//
// Random values that initializers share.
#pragma once

#include <cmath>
#include <span>

#include "base/random.hpp"

namespace millrace {

/// Uniform from low to high.
inline void fill_uniform(double low, double high, Random random, std::span<float> values) {
  for (float& value : values) value = static_cast<float>(low + (high - low) * random.uniform_double());
}

/// A standard normal draw within two standard deviations.
[[nodiscard]] inline double truncated_draw(Random& random) {
  double draw = random.normal();
  while (std::abs(draw) > 2) draw = random.normal();
  return draw;
}

}  // namespace millrace
