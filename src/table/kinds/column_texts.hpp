// SPDX-License-Identifier: Apache-2.0
//
// The distinct texts of a column, of a file or in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct DistinctTexts {
  std::vector<std::string_view> texts;  ///< in byte order; each where it first stands in the file, or in `unquoted`
  std::vector<std::int64_t> counts;     ///< cells per text
  std::int64_t missing = 0;
  std::map<std::string, std::int64_t> marks{};  ///< of the target column: cells per text that stands for a missing one
  std::vector<std::deque<std::string>> unquoted;  ///< the texts that the file writes with doubled quotes
};

}  // namespace millrace
