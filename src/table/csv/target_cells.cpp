// SPDX-License-Identifier: Apache-2.0
#include "table/csv/target_cells.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/excerpt.hpp"
#include "base/text.hpp"
#include "table/target_column.hpp"

namespace millrace {

ExactNumbers exact_numbers(const CsvFile& file, std::int64_t column) {
  ExactNumbers exact;
  std::map<double, std::string_view> cells;  // of those that double may merge
  std::string_view first, second;            // that it merges
  for_each_cell(file, {column}, [&](std::int64_t, std::string_view cell) {
    const double number = file.form.exact_number(cell).value_or(std::nan(""));
    exact.numbers.push_back(number);
    cell = trim(cell);
    if (!is_merged(number) || cell.find_first_of(".eE") != std::string_view::npos) return;
    const auto [known, is_new] = cells.emplace(number, cell);
    if (is_new || known->second == cell) return;
    first = known->second;
    second = cell;
  });
  const bool are_one = cells.size() == 1 && std::ranges::all_of(exact.numbers, [&](double number) {
                         return std::isnan(number) || number == cells.begin()->first;
                       });
  if (are_one && !second.empty())
    exact.close = "has values such as " + std::string(first) + " and " + std::string(second) +
                  ", which fp32 cannot tell apart, expected smaller numbers: subtract an offset, or write classes as "
                  "texts, such as c" +
                  std::string(first);
  return exact;
}

std::vector<std::string> equal_labels(const CsvFile& file, std::int64_t column) {
  std::map<double, std::set<std::string>> texts;
  for_each_cell(file, {column}, [&](std::int64_t, std::string_view cell) {
    if (const std::optional<double> number = file.form.exact_number(cell); number && !std::isnan(*number))
      texts[*number].emplace(trim(cell));
  });
  std::vector<std::string> obstacles;
  for (const auto& [number, written] : texts) {
    if (written.size() < 2) continue;
    obstacles.push_back("the labels " + some_names({written.begin(), written.end()}) + " are one class, " +
                        level_text(number) + ": to tell them apart, write them as texts, such as c01");
  }
  return obstacles;
}

bool are_plus_and_minus(const DistinctTexts& found) {
  return found.texts.size() == 1 && found.texts[0] == "+" && found.marks.size() == 1 &&
         found.marks.begin()->first == "-";
}

}  // namespace millrace
