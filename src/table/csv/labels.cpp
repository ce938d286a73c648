// SPDX-License-Identifier: Apache-2.0
#include "table/csv/labels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "table/csv/distinct_texts.hpp"
#include "table/csv/missing.hpp"
#include "table/kinds/number_advice.hpp"
#include "table/target.hpp"

namespace millrace {

CsvLabels::CsvLabels(const CsvFile& file, std::size_t column, const CsvOptions& options)
    : file_(file),
      column_(column),
      known_(options.classes),
      expect_numbers_(options.expect_numbers),
      skip_missing_(options.skip_missing_targets) {
  require_distinct(known_, "csv");
  for (std::size_t index = 0; index < known_.size(); ++index) {
    require_utf8(known_[index], "csv", "class " + std::to_string(index + 1));
    // "1" also takes a cell of "1.0". If two classes are the same number, the text decides, and then the first of them.
    if (const std::optional<double> number = file.form.exact_number(known_[index]); number && !std::isnan(*number)) {
      by_number_.emplace(*number, static_cast<float>(index));
    }
  }
}

void CsvLabels::make_room(std::int64_t rows) {
  if (known_.empty()) cells_.assign(rows, nullptr);
}

void CsvLabels::refuse(const char* at, const char* record, const std::string& what) const {
  file_.check_record(record);
  file_.fail_cell(at, column_, what);
}

float CsvLabels::class_of(const CsvCell& cell, const char* at, const char* record) const {
  const std::string text = cell_text(cell);
  if (const std::int64_t index = names_.index_of_same(text); index >= 0) return static_cast<float>(index);
  const std::optional<double> number = file_.form.exact_number(text);
  const auto found = number ? by_number_.find(*number) : by_number_.end();
  if (found != by_number_.end()) return found->second;
  if (const std::int64_t index = names_.index(text); index >= 0) return static_cast<float>(index);
  if (!is_utf8(text)) refuse(at, record, not_utf8());
  refuse(at, record, excerpt(text) + " is no known class, expected one of: " + some_names(known_));
}

const char* CsvLabels::read(const char* at, const char* record, std::int64_t row, float& target, CsvLabelPart& part) {
  const char* const start = at;
  const CsvCell cell = scan_cell(file_.syntax, at);
  if (cell.flaw != CsvFlaw::none) file_.fail_record(record);
  if (skip_missing_ && is_missing(file_.syntax, cell) && names_.index_of_same(cell.text) < 0) {
    if (known_.empty()) cells_[row] = start;
    target = std::numeric_limits<float>::quiet_NaN();
    return at;
  }
  if (cell.text.empty()) refuse(start, record, "missing value, expected a target: fill it in or remove its row");
  if (!known_.empty()) {
    target = class_of(cell, start, record);
    return at;
  }
  cells_[row] = start;
  const std::optional<float> number = file_.form.any_number(cell.text);
  if (number && !std::isfinite(*number)) refuse(start, record, number_problem(cell.text, file_.form, ""));
  target = number.value_or(0);
  if (number) {
    ++part.numbers;
    return at;
  }
  if (!is_utf8(cell.text)) refuse(start, record, not_utf8());
  if (part.first_text == nullptr) part.first_text = start;
  if (part.first_missing == nullptr && says_missing(cell.text)) part.first_missing = start;
  return at;
}

// A slip in one cell must not turn a column of numbers into thousands of classes, nor make a class of "NA".
void CsvLabels::refuse_stray_text(const CsvLabelPart& whole, std::int64_t rows,
                                  std::span<const std::string_view> texts) const {
  const bool all_missing = std::all_of(texts.begin(), texts.end(), says_missing);
  const char* stray = whole.numbers > 0 || all_missing ? whole.first_missing : nullptr;
  const bool several = std::ssize(texts) > most_classes(rows);
  const bool many = whole.numbers > 0 && several;
  if (many || (expect_numbers_ && 2 * whole.numbers > rows)) stray = whole.first_text;
  const char* at = stray == nullptr ? whole.first_text : stray;
  const std::string text = cell_text(scan_cell(file_.syntax, at));
  // Numbers in a form that the format does not have.
  const TextSurroundings where{.column = texts, .delimiter = file_.syntax.delimiter};
  if (stray == nullptr && (several || expect_numbers_) && !form_that_reads(text, file_.form, where).empty())
    stray = whole.first_text;
  if (stray == nullptr) return;
  if (all_missing)
    file_.fail_cell(stray, column_,
                    "missing value, written " + excerpt(text) + ", as all of the column are, expected targets");
  const std::string remedy =
      "correct the cell" + (skip_missing_ ? ", or --missing-marks " + excerpt(text) + " leaves its row out" : "");
  file_.fail_cell(stray, column_,
                  number_problem(text, file_.form, remedy, where) + " (" + std::to_string(whole.numbers) +
                      " of the column's " + std::to_string(rows) + " cells are numbers)");
}

std::vector<std::string> CsvLabels::finish(Matrix& targets, std::span<const CsvLabelPart> parts, Crew& team) {
  const std::int64_t rows = targets.rows();
  CsvLabelPart whole;
  for (const CsvLabelPart& part : parts) {
    whole.numbers += part.numbers;
    if (whole.first_text == nullptr) whole.first_text = part.first_text;
    if (whole.first_missing == nullptr) whole.first_missing = part.first_missing;
  }
  if (!known_.empty() || whole.first_text == nullptr) return known_;
  TextColumns cells{.syntax = file_.syntax, .parts = {}, .codes = {targets.row(0)}, .may_be_missing = skip_missing_};
  constexpr std::int64_t part_rows = 1 << 16, farthest = std::numeric_limits<std::uint32_t>::max();
  for (std::int64_t row = 0; row < rows; ++row) {
    const bool near = !cells.parts.empty() && row - cells.parts.back().rows.begin < part_rows &&
                      cells_[row] - cells.parts.back().text <= farthest;
    if (!near) cells.parts.push_back({{row, row}, cells_[row]});
    cells.parts.back().rows.end = row + 1;
    *targets.row(row) = std::bit_cast<float>(static_cast<std::uint32_t>(cells_[row] - cells.parts.back().text));
  }
  const DistinctTexts found = std::move(distinct_texts(cells, team).front());
  refuse_stray_text(whole, rows, found.texts);
  return {found.texts.begin(), found.texts.end()};
}

}  // namespace millrace
