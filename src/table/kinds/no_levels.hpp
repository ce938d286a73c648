// SPDX-License-Identifier: Apache-2.0
//
// The obstacle of a column whose texts are as good as all different.
#pragma once

#include <cstdint>
#include <string>

namespace millrace {

/// "60 distinct texts in 60 cells, expected levels that recur ..."
[[nodiscard]] inline std::string no_levels(std::int64_t texts, std::int64_t cells) {
  return std::to_string(texts) + " distinct texts in " + std::to_string(cells) +
         " cells, expected levels that recur: ignore the column, because a text that only one row has says nothing "
         "about other rows";
}

/// The same of a target.
[[nodiscard]] inline std::string no_target(std::int64_t texts, std::int64_t cells) {
  return std::to_string(texts) + " distinct texts in " + std::to_string(cells) +
         " cells, expected numbers, or classes that recur: write its cells as numbers, or choose another target";
}

}  // namespace millrace
