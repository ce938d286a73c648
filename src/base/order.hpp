// SPDX-License-Identifier: Apache-2.0
//
// Orders of indices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace millrace {

/// The indices of the numbers, that of the largest first; those of equal numbers in their order.
template <class Number>
[[nodiscard]] std::vector<std::int64_t> largest_first(const std::vector<Number>& numbers) {
  std::vector<std::int64_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, [&](auto a, auto b) { return numbers[a] > numbers[b]; });
  return order;
}

}  // namespace millrace
