// SPDX-License-Identifier: Apache-2.0
#include "table/csv/precision.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "table/kinds/infer.hpp"

namespace millrace {

namespace {

// Twice what is refused: these numbers are rounded.
bool close(float a, float b) { return std::abs(a - b) <= 0x1p-19F * std::max(std::abs(a), std::abs(b)); }

// What a column holds, before it is rounded.
struct Extremes {
  std::int64_t column = 0;
  std::string_view first{};  // a cell that says the same again is not looked at
  double least = INFINITY, most = -INFINITY;
  std::string_view least_cell{}, most_cell{};

  void take(std::string_view cell, const NumberForm& form) {
    if (cell == first) return;
    if (first.empty()) first = cell;
    const std::optional<double> value = form.exact_number(cell);
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
  std::vector<std::int64_t> columns;
  for (const Extremes& extremes : wanted) columns.push_back(extremes.column);
  for_each_cell(file, columns, [&](std::int64_t i, std::string_view cell) { wanted[i].take(cell, file.form); });
}

}  // namespace

// Whether all values lie that close to the first. Nearly every column is told apart after a few rows. A zero is close to
// nothing, and no text but that of a zero becomes one that matters.
bool may_be_close(const ReadColumn& column, std::int64_t rows) {
  float first = NAN;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float value = column.first[r * column.stride];
    if (std::isnan(value)) continue;
    if (std::isnan(first)) first = value;
    if (!close(value, first)) return false;
  }
  return !std::isnan(first) && first != 0;
}

std::vector<CloseColumn> close_columns(const CsvFile& file, const std::vector<ReadColumn>& columns, std::int64_t rows) {
  std::vector<Extremes> suspects;
  for (const ReadColumn& column : columns) {
    if (may_be_close(column, rows)) suspects.push_back({column.column});
  }
  std::vector<CloseColumn> found;
  if (suspects.empty()) return found;
  find_extremes(file, suspects);
  for (const Extremes& extremes : suspects) {
    const double distance = extremes.most - extremes.least;
    if (!(distance > 0 && distance < 0x1p-20 * std::max(std::abs(extremes.least), std::abs(extremes.most)))) continue;
    found.push_back({extremes.column, too_close(trim(extremes.least_cell), trim(extremes.most_cell))});
  }
  return found;
}

void check_precision(const CsvFile& file, const CsvColumns& columns, const MatrixView& features,
                     const MatrixView& numbers) {
  std::vector<ReadColumn> read;
  for (std::int64_t column = 0; column < std::ssize(columns.uses); ++column) {
    const CsvUse use = columns.uses[column];
    const MatrixView& view = use.role == CsvRole::feature ? features : numbers;
    if (use.role == CsvRole::unused || use.role == CsvRole::weight || use.index >= view.columns) continue;
    read.push_back({column, view.data + use.index, view.stride});
  }
  const std::vector<CloseColumn> found = close_columns(file, read, features.rows);
  if (found.empty()) return;
  fail(ErrorKind::data, "csv", file.path + ": column " + excerpt(file.names[found[0].column]) + " " + found[0].problem);
}

}  // namespace millrace
