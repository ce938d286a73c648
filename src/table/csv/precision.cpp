// SPDX-License-Identifier: Apache-2.0
#include "table/csv/precision.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "millrace/error.hpp"
#include "table/excerpt.hpp"

namespace millrace {

namespace {

// Twice what is refused: these numbers are rounded.
bool close(float a, float b) { return std::abs(a - b) <= 0x1p-19F * std::max(std::abs(a), std::abs(b)); }

// The columns of `read` whose values all lie that close to the first. Nearly all columns are out after a few rows. A
// zero is close to nothing, and no text but a zero's becomes one that matters.
std::vector<bool> close_columns(const MatrixView& read) {
  std::vector<std::int64_t> left;
  for (std::int64_t c = 0; c < read.columns && read.rows > 1; ++c) left.push_back(c);
  for (std::int64_t r = 1; r < read.rows && !left.empty(); ++r)
    std::erase_if(left, [&](std::int64_t c) { return !close(read.row(r)[c], read.row(0)[c]); });
  std::vector<bool> columns(static_cast<std::size_t>(read.columns));
  for (const std::int64_t c : left) columns[static_cast<std::size_t>(c)] = read.row(0)[c] != 0;
  return columns;
}

// What a column holds, before it is rounded.
struct Extremes {
  std::size_t column = 0;
  std::string_view first{};  // a cell that says the same again is not looked at
  double least = INFINITY, most = -INFINITY;
  std::string_view least_cell{}, most_cell{};

  void take(std::string_view cell) {
    if (cell == first) return;
    if (first.empty()) first = cell;
    const std::optional<double> value = parse_number(cell);
    if (!value) return;
    if (*value < least) {
      least = *value;
      least_cell = cell;
    }
    if (*value > most) {
      most = *value;
      most_cell = cell;
    }
  }
};

// Once more over the text, which is rare: the one pass that reads a table costs nobody a comparison in double.
void find_extremes(const CsvFile& file, std::vector<Extremes>& wanted) {
  for (const char* at = file.record_at(file.body); at != file.syntax.end; at = file.record_at(at)) {
    auto next = wanted.begin();
    for (std::size_t column = 0;; ++column, ++at) {
      const CsvCell cell = scan_cell(file.syntax, at);
      if (next != wanted.end() && next->column == column) (next++)->take(cell.text);
      if (file.syntax.at_line_end(at)) break;
    }
    at = file.syntax.past_line_end(at);
  }
}

}  // namespace

void check_precision(const CsvFile& file, const CsvColumns& columns, const MatrixView& features,
                     const MatrixView& numbers) {
  const std::vector<bool> close_features = close_columns(features), close_numbers = close_columns(numbers);
  std::vector<Extremes> suspects;
  for (std::size_t column = 0; column < columns.uses.size(); ++column) {
    const CsvUse use = columns.uses[column];
    const std::vector<bool>& close = use.role == CsvRole::feature ? close_features : close_numbers;
    if (use.role == CsvRole::unused || use.role == CsvRole::weight) continue;
    if (static_cast<std::size_t>(use.index) < close.size() && close[static_cast<std::size_t>(use.index)])
      suspects.push_back({column});
  }
  if (suspects.empty()) return;
  find_extremes(file, suspects);
  for (const Extremes& found : suspects) {
    const double distance = found.most - found.least;
    if (!(distance > 0 && distance < 0x1p-20 * std::max(std::abs(found.least), std::abs(found.most)))) continue;
    fail(ErrorKind::data, "csv",
         file.path + ": column " + excerpt(file.names[found.column]) + " has values from " +
             std::string(trim(found.least_cell)) + " to " + std::string(trim(found.most_cell)) +
             ", which fp32 cannot tell apart, expected an offset taken off first: the smallest value, say");
  }
}

}  // namespace millrace
