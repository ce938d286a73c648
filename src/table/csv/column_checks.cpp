// SPDX-License-Identifier: Apache-2.0
#include "table/csv/column_checks.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "base/excerpt.hpp"
#include "base/text.hpp"
#include "table/csv/missing.hpp"
#include "table/kinds/infer.hpp"
#include "table/slips.hpp"

namespace millrace {

namespace {

constexpr std::int64_t looked_at = 1000;  // rows that show whether all others need a look

// How the cells of a column of numbers are written.
struct Writing {
  std::int64_t grouped = 0, short_whole = 0;  // 1.234 and 567
  bool other = false;                         // 12.5, 0.123, 1234
  std::string_view first{};                   // grouped one

  void take(std::string_view cell) {
    if (other || says_missing(cell)) return;
    std::string_view digits = trim(cell);
    digits.remove_prefix(digits.starts_with('-') || digits.starts_with('+') ? 1 : 0);
    const std::size_t point = std::min(digits.find('.'), digits.size());
    const bool all_digits = std::ranges::all_of(digits, [](char c) { return is_digit(c) || c == '.'; });
    if (!all_digits || point == 0 || point > 3) {
      other = true;
    } else if (point == digits.size()) {
      ++short_whole;
    } else if (digits[0] != '0' && digits.size() == point + 4) {
      if (++grouped == 1) first = cell;
    } else {
      other = true;
    }
  }
  // Measurements with three decimals throughout are hardly whole twice, and then written without decimals.
  [[nodiscard]] bool may_be_thousands() const { return !other && grouped >= 3 && short_whole >= 2; }
};

std::vector<Writing> writings_of(const CsvFile& file, const std::vector<std::int64_t>& columns, std::int64_t rows) {
  std::vector<Writing> found(columns.size());
  for_each_cell(
      file, columns, [&](std::int64_t i, std::string_view cell) { found[i].take(cell); }, rows);
  return found;
}

// What stands in a column without a name.
struct Nameless {
  std::unordered_set<std::string> texts;
  bool recurs = false, fractions = false, jumps = false;
  double last = -1;

  void take(std::string_view cell) {
    if (trim(cell).empty()) return;
    recurs = !texts.emplace(cell).second || recurs;
    const std::optional<double> number = parse_number(cell);
    fractions = fractions || (number && (*number != std::floor(*number) || *number < 0));
    // Rows that were counted in several files start again.
    jumps = jumps || !number || (*number != last + 1 && *number != 0 && *number != 1);
    last = number.value_or(-1);
  }
  [[nodiscard]] bool holds_data() const { return fractions || (recurs && jumps); }
};

std::vector<DoubtfulColumn> grouped_columns(const CsvFile& file, const std::vector<std::int64_t>& columns) {
  std::vector<DoubtfulColumn> found;
  if (file.form.decimal != '.' || file.form.thousands != 0) return found;
  const std::vector<Writing> first_rows = writings_of(file, columns, looked_at);
  std::vector<std::int64_t> suspects;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (first_rows[i].may_be_thousands()) suspects.push_back(columns[i]);
  }
  if (suspects.empty()) return found;
  const std::vector<Writing> all = writings_of(file, suspects, -1);
  for (std::size_t i = 0; i < suspects.size(); ++i) {
    if (!all[i].may_be_thousands()) continue;
    const std::string_view cell = all[i].first;
    const NumberForm grouped{',', '.', file.form.percent, file.form.currency};
    const std::optional<float> meant = grouped.number(cell), read = file.form.number(cell);
    if (!meant || !read) continue;
    found.emplace_back(suspects[i], file.short_place(cell.data()) + " says " + excerpt(cell) + ", which is read as " +
                                        number_text(*read) + "; as all cells have three digits behind a point or no " +
                                        "point, it may mean " + number_text(*meant) +
                                        ": --decimal ',' --thousands . reads it so");
  }
  return found;
}

std::vector<std::int64_t> nameless_data(const CsvFile& file) {
  std::vector<std::int64_t> columns, found;
  for (std::size_t i = 0; i < file.names.size(); ++i) {
    if (file.names[i].empty()) columns.push_back(static_cast<std::int64_t>(i));
  }
  if (file.header == nullptr || columns.empty()) return found;
  std::vector<Nameless> cells(columns.size());
  for_each_cell(
      file, columns, [&](std::int64_t i, std::string_view cell) { cells[i].take(cell); }, looked_at);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (cells[i].holds_data()) found.push_back(columns[i]);
  }
  return found;
}

std::string without_names(const std::vector<std::int64_t>& columns) {
  if (columns.size() == 1)
    return "the header line has no name for column " + std::to_string(columns[0] + 1) +
           ", which holds data, expected one: add it to use the column";
  std::vector<std::string> places;
  for (const std::int64_t column : columns) places.push_back(std::to_string(column + 1));
  return "the header line has no names for columns " + some_names(places) +
         ", which hold data, expected some: add them to use the columns";
}

}  // namespace

std::vector<DoubtfulColumn> doubtful_columns(const CsvFile& file, const std::vector<std::int64_t>& numbers) {
  std::vector<DoubtfulColumn> found = grouped_columns(file, numbers);
  const std::vector<std::int64_t> nameless = nameless_data(file);
  if (!nameless.empty()) found.emplace_back(nameless[0], without_names(nameless));
  return found;
}

void UnitLines::note(TableColumn& column, const DistinctTexts& found) {
  const char* last = file_.record_at(file_.body);
  for (std::int64_t line = 0; line < most_lines_of_units && last != file_.syntax.end; ++line)
    last = file_.record_at(std::min(std::find(last, file_.syntax.end, '\n') + 1, file_.syntax.end));
  for (const std::string_view text : strays_among_numbers(found, file_.form)) {
    if (text.data() >= file_.body && text.data() < last)
      lines_[file_.short_place(text.data())].emplace_back(&column, text);
  }
}

void UnitLines::join() const {
  for (const auto& [place, cells] : lines_) {
    if (cells.size() < 2) continue;
    std::vector<std::string> texts;
    for (const auto& [unused, text] : cells) texts.emplace_back(text);
    for (const auto& [column, unused] : cells) column->obstacles = {line_of_units(place, texts)};
    return;
  }
}

}  // namespace millrace
