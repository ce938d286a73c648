// SPDX-License-Identifier: Apache-2.0
#include "table/csv/missing.hpp"

#include <algorithm>
#include <array>

namespace millrace {

bool is_missing(const CsvCell& cell) {
  constexpr std::array<std::string_view, 17> words = {"NA",   "N/A",  "n/a",  "#N/A", "#NA",  "<NA>",
                                                      "NaN",  "nan",  "-nan", "-NaN", "NULL", "null",
                                                      "None", "NONE", "?",    "-",    "."};
  if (cell.text.empty()) return true;
  // Nearly all cells are over with their first character.
  constexpr std::string_view firsts = "N#<n-?.";
  if (cell.quoted || cell.text.size() > 4 || firsts.find(cell.text[0]) == std::string_view::npos) return false;
  return std::find(words.begin(), words.end(), cell.text) != words.end();
}

}  // namespace millrace
