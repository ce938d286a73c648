// SPDX-License-Identifier: Apache-2.0
//
// The option `average` of metrics that are macro or micro over several outputs.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/fail.hpp"
#include "base/names.hpp"

namespace millrace {

/// True for "micro": the cells of all outputs count together. False for "macro": the metric is the mean of those of the
/// outputs. Throws Error{usage} for another word.
[[nodiscard]] inline bool is_micro(std::string_view metric, const std::string& average) {
  const std::vector<std::string_view> known{"macro", "micro"};
  if (std::ranges::find(known, average) == known.end())
    fail(ErrorKind::usage, metric, unknown_name("average", average, known));
  return average == "micro";
}

}  // namespace millrace
