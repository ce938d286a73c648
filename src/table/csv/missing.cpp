// SPDX-License-Identifier: Apache-2.0
#include "table/csv/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "table/kinds/number.hpp"

namespace millrace {

namespace {

bool is_word(std::string_view text) {
  constexpr std::array<std::string_view, 28> words = {
      "NA",   "N/A", "n/a",     "#N/A",    "#N/A N/A", "#NA",   "<NA>",   "NaN",   "nan", "-nan",
      "-NaN", "NaT", "NULL",    "null",    "(null)",   "\\N",   "None",   "NONE",  "?",   "-",
      "--",   ".",   "#DIV/0!", "#VALUE!", "#REF!",    "#NUM!", "#NAME?", "#NULL!"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

bool is_missing(const CsvSyntax& syntax, const CsvCell& cell) {
  if (cell.text.empty()) return true;
  if (!syntax.usual_marks) return false;
  // Nearly all cells are over with their first character.
  constexpr std::string_view firsts = "N#<n-(\\?.";
  if (cell.quoted || cell.text.size() > 8 || firsts.find(cell.text[0]) == std::string_view::npos) return false;
  return is_word(cell.text);
}

bool says_missing(std::string_view text) {
  text = trim(text);
  if (text.empty() || is_word(text)) return true;
  const std::optional<float> number = cell_number(text);
  return number && std::isnan(*number);
}

}  // namespace millrace
