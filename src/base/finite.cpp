// SPDX-License-Identifier: Apache-2.0
#include "base/finite.hpp"

#include <bit>

#include "base/vectorize.hpp"

namespace millrace {

// NaN and infinity have all bits of the exponent set. A test that ends at the first would branch at every number.
MILLRACE_VECTORIZED bool all_finite(const float* values, std::int64_t count) {
  constexpr std::uint32_t exponent = 0x7F800000;
  std::uint32_t found = 0;
  for (std::int64_t i = 0; i < count; ++i)
    found |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[i]) & exponent) == exponent);
  return found == 0;
}

}  // namespace millrace
