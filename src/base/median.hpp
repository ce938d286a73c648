// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <iterator>
#include <vector>

namespace millrace {

/// The middle one of the values in order, the upper one of two; 0 if there are none. Changes their order.
template <class Value>
[[nodiscard]] Value median(std::vector<Value>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace millrace
