// SPDX-License-Identifier: Apache-2.0
#include "base/finite.hpp"

#include <bit>
#include <cmath>

#include "base/vectorize.hpp"

namespace millrace {

namespace {

// NaN and infinity have every bit of the exponent set. The loop does not stop at the first, because a branch for each
// number would keep it from being vectorised.
MILLRACE_INLINE bool all_finite_loop(const float* values, std::int64_t count) {
  constexpr std::uint32_t exponent = 0x7F800000;
  std::uint32_t found = 0;
  for (std::int64_t i = 0; i < count; ++i)
    found |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[i]) & exponent) == exponent);
  return found == 0;
}

}  // namespace

bool all_finite(const float* values, std::int64_t count) { return vectorized<all_finite_loop>(values, count); }

std::optional<MatrixPlace> find_non_finite(const float* values, std::int64_t rows, std::int64_t columns,
                                           std::int64_t stride) {
  for (std::int64_t r = 0; r < rows; ++r, values += stride) {
    if (all_finite(values, columns)) continue;
    for (std::int64_t c = 0; c < columns; ++c)
      if (!std::isfinite(values[c])) return MatrixPlace{r, c};
  }
  return std::nullopt;
}

}  // namespace millrace
