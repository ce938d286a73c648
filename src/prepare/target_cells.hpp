// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   TargetCells cells(table, table.column("plan"), roles.classes_of(0));
//   targets.row(row)[0] = cells(row);
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "millrace/table.hpp"
#include "table/class_names.hpp"
#include "table/target.hpp"
#include "table/target_column.hpp"
#include "table/value.hpp"

namespace millrace {

/// The cells of a target column as the model's targets: the indices of its classes, or numbers where it has no names of
/// classes. The kind and the levels that the table has do not count: a few rows may hold numbers only, or not every class.
class TargetCells {
 public:
  TargetCells(const Table& table, const TableColumn& column, std::vector<std::string> classes)
      : table_(table), column_(column), classes_(std::move(classes)) {
    for (const std::string& level : column.levels) levels_.push_back(of_text(level, ""));
  }

  /// NaN where missing.
  float operator()(std::int64_t row) {
    const double cell = table_value(table_, column_, row);
    if (std::isnan(cell)) return static_cast<float>(cell);
    if (!levels_.empty()) return levels_[static_cast<std::int64_t>(cell)];
    if (classes_.empty()) return static_cast<float>(cell);
    const auto [at, is_new] = numbers_.try_emplace(number_at(table_, column_, row) + 0.0);  // minus 0 is 0
    if (is_new) at->second = of_text(level_text(at->first), ", row " + std::to_string(row + 1));
    return at->second;
  }

 private:
  float of_text(const std::string& text, const std::string& place) const {
    const auto refuse = [&](const std::string& why) {
      fail(ErrorKind::data, table_.source, "column " + excerpt(column_.name) + place + ": " + excerpt(text) + why);
    };
    if (classes_.empty()) {
      const std::optional<double> number = parse_number(text);
      if (!number) refuse(" is not a number, expected one, as the model's targets are");
      return static_cast<float>(*number);
    }
    const std::int64_t at = names_.index(text);
    if (at < 0) refuse(" is no class of the model, expected one of " + some_names(classes_));
    return static_cast<float>(at);
  }

  const Table& table_;
  const TableColumn& column_;
  const std::vector<std::string> classes_;
  const ClassNames names_{classes_};
  std::vector<float> levels_;
  std::map<double, float> numbers_;
};

}  // namespace millrace
