// SPDX-License-Identifier: Apache-2.0
#include "table/csv/labels.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "millrace/error.hpp"
#include "table/csv/number.hpp"
#include "table/excerpt.hpp"

namespace millrace {

CsvLabels::CsvLabels(const CsvFile& file, std::size_t column, const CsvOptions& options)
    : file_(file), column_(column), known_(options.classes), expect_numbers_(options.expect_numbers) {
  for (std::size_t index = 0; index < known_.size(); ++index) {
    if (!is_utf8(known_[index])) {
      fail(ErrorKind::usage, "csv", "class " + std::to_string(index + 1) + " is not UTF-8 text, expected UTF-8");
    }
    if (!by_text_.emplace(known_[index], static_cast<float>(index)).second) {
      fail(ErrorKind::usage, "csv",
           "class " + excerpt(known_[index]) + " is given twice, expected classes that differ");
    }
    // "1" also takes a cell that says "1.0"; where two classes are the same number, text decides and then the first.
    if (const std::optional<double> number = parse_number(known_[index]); number && !std::isnan(*number)) {
      by_number_.emplace(*number, static_cast<float>(index));
    }
  }
}

std::optional<float> CsvLabels::known_class(std::string_view text) const {
  if (const auto found = by_text_.find(text); found != by_text_.end()) return found->second;
  const std::optional<double> number = parse_number(text);
  const auto found = number ? by_number_.find(*number) : by_number_.end();
  return found == by_number_.end() ? std::nullopt : std::optional(found->second);
}

float CsvLabels::add(const CsvCell& cell, const char* at, const char* record) {
  if (cell.doubled) unquoted_.push_back(cell_text(cell));
  const std::string_view text = cell.doubled ? std::string_view(unquoted_.back()) : cell.text;
  const auto refuse = [&](const std::string& what) {
    file_.check_record(record);
    file_.fail_cell(at, column_, what);
  };
  if (text.empty()) refuse("missing value, expected a target: fill it in or remove its row");
  if (!known_.empty()) {
    const std::optional<float> index = known_class(text);
    if (!index && !is_utf8(text)) refuse(not_utf8());
    if (!index) refuse(excerpt(text) + " is no known class, expected one of: " + some_names(known_));
    return *index;
  }

  cells_.push_back(text);
  const std::optional<float> number = cell_number(text);
  if (number && !std::isfinite(*number)) refuse(number_problem(text));
  if (number) {
    ++numbers_;
    return *number;
  }
  if (!is_utf8(text)) refuse(not_utf8());
  if (first_text_ == nullptr) first_text_ = at;
  if (first_missing_ == nullptr && says_missing(text)) first_missing_ = at;
  return 0;
}

// A slip in one cell must not turn a column of numbers into thousands of classes, nor make a class of "NA".
void CsvLabels::refuse_stray_text(std::size_t distinct) const {
  const bool all_missing =
      std::all_of(by_text_.begin(), by_text_.end(), [](const auto& entry) { return says_missing(entry.first); });
  const char* stray = numbers_ > 0 || all_missing ? first_missing_ : nullptr;
  const bool many = numbers_ > 0 && distinct > std::max<std::size_t>(20, cells_.size() / 10);
  if (many || (expect_numbers_ && 2 * numbers_ > cells_.size())) stray = first_text_;
  if (stray == nullptr) return;
  const char* at = stray;
  const std::string text = cell_text(scan_cell(file_.syntax, at));
  if (all_missing)
    file_.fail_cell(stray, column_,
                    "missing value, written " + excerpt(text) + ", as all of the column are, expected targets");
  file_.fail_cell(stray, column_,
                  number_problem(text) + " (" + std::to_string(numbers_) + " of the column's " +
                      std::to_string(cells_.size()) + " cells are numbers)");
}

std::vector<std::string> CsvLabels::finish(Matrix& targets) {
  if (!known_.empty() || first_text_ == nullptr) return std::move(known_);
  for (const std::string_view cell : cells_) by_text_.emplace(cell, 0.0F);
  refuse_stray_text(by_text_.size());

  std::vector<std::string> classes;
  for (const auto& [text, index] : by_text_) classes.emplace_back(text);
  std::sort(classes.begin(), classes.end());
  for (std::size_t index = 0; index < classes.size(); ++index) by_text_[classes[index]] = static_cast<float>(index);
  for (std::size_t row = 0; row < cells_.size(); ++row)
    *targets.row(static_cast<std::int64_t>(row)) = by_text_[cells_[row]];
  return classes;
}

}  // namespace millrace
