// SPDX-License-Identifier: Apache-2.0
#include "table/unnamed.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millrace {

bool is_unnamed(std::string_view name) {
  if (name.empty()) return true;
  constexpr std::string_view given_by_pandas = "Unnamed: ";
  if (!name.starts_with(given_by_pandas)) return false;
  name.remove_prefix(given_by_pandas.size());
  // "Unnamed: 0.1" is that of a file that was written and read twice.
  return !name.empty() && std::ranges::all_of(name, [](char c) { return is_digit(c) || c == '.'; });
}

std::string unnamed_obstacle() {
  return "a column without a name of its own is taken for the row numbers that pandas writes, expected a name: rename "
         "the column, or give it a kind, to use it";
}

}  // namespace millrace
