// SPDX-License-Identifier: Apache-2.0
//
// The median of the most recent values, in fixed memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/median.hpp"

namespace millrace {

/// Keeps the last 8192 values. add() allocates nothing.
class RecentMedian {
 public:
  void add(double value) { values_[static_cast<std::size_t>(count_++) % values_.size()] = static_cast<float>(value); }
  /// 0 if there are no values.
  [[nodiscard]] double median() const {
    std::vector<float> sorted(values_.begin(),
                              values_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                                    static_cast<std::size_t>(count_), values_.size())));
    return static_cast<double>(millrace::median(sorted));
  }

 private:
  std::array<float, 8192> values_{};
  std::int64_t count_ = 0;
};

}  // namespace millrace
