// SPDX-License-Identifier: Apache-2.0
//
// The shape of one sample of a value, without the batch: {25}, {8, 8, 1} (height, width, channels).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/fail.hpp"

namespace millrace {

using Shape = std::vector<std::int64_t>;

/// The product of the extents. Saturates at INT64_MAX on overflow.
[[nodiscard]] inline std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape)
    if (__builtin_mul_overflow(count, extent, &count)) count = std::numeric_limits<std::int64_t>::max();
  return count;
}

/// "(8, 8, 1)"
[[nodiscard]] inline std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (const std::int64_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + ")";
}

}  // namespace millrace
