// SPDX-License-Identifier: Apache-2.0
//
// Indices and counts are std::int64_t; numbers of nodes, parameters and workers may be int. They index vectors, spans
// and arrays and go to resize(), subspan() and memcpy() as they are: write values[i], without a cast to std::size_t.
// If braces refuse the narrowing, use parentheses: std::span(data, count). Compare with std::ssize(values). The debug
// preset checks every index (_GLIBCXX_ASSERTIONS).
#pragma once

#include <cstdint>

#include "base/fail.hpp"

namespace millrace {

/// The indices [begin, end): of rows of a batch, columns of a matrix, elements of a buffer.
struct IndexRange {
  std::int64_t begin = 0, end = 0;
  [[nodiscard]] constexpr std::int64_t size() const { return end - begin; }
};

/// value / step, rounded up. For value >= 0 and step > 0.
[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step;
}
/// The smallest multiple of `step` that is at least `value`. For value >= 0 and step > 0.
[[nodiscard]] constexpr std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return ceil_div(value, step) * step;
}

}  // namespace millrace
