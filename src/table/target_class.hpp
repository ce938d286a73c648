// SPDX-License-Identifier: Apache-2.0
//
// Which class the targets of a row mean.
#pragma once

#include <algorithm>
#include <cstdint>

#include "table/target.hpp"

namespace millrace {

/// The index of the class that a row of `columns` targets means: the number in its only column, without its fraction, or
/// the first of the largest of one column a class. -1 for a number that no class has, NaN among them.
[[nodiscard]] inline std::int64_t class_of_targets(const float* targets, std::int64_t columns) {
  if (columns > 1) return std::max_element(targets, targets + columns) - targets;
  const float index = targets[0];
  return index >= 0 && index < static_cast<float>(most_target_classes) ? static_cast<std::int64_t>(index) : -1;
}

}  // namespace millrace
