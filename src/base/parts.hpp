// SPDX-License-Identifier: Apache-2.0
//
// Parts of a range of indices.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/index.hpp"

namespace millrace {

/// Part `index` of `count` things that are cut into `parts`, as even as possible: rows of a slice, slices of a rank.
[[nodiscard]] constexpr IndexRange even_part(std::int64_t count, std::int64_t parts, std::int64_t index) {
  return {count * index / parts, count * (index + 1) / parts};
}

/// The indices that both ranges have; no index if there is none.
[[nodiscard]] constexpr IndexRange common_part(IndexRange a, IndexRange b) {
  const std::int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

}  // namespace millrace
