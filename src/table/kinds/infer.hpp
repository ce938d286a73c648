// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   std::size_t stray = 0;
//   if (const std::optional<TextKind> kind = text_kind(found, asked, order, stray)) column.kind = kind->kind;
//   column.obstacles = text_obstacles(found, places);
//
// From the distinct texts of a column to its kind.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/table.hpp"
#include "table/kinds/column_texts.hpp"
#include "table/kinds/number_form.hpp"

namespace millrace {

/// What the codes of a column's texts stand for.
struct TextKind {
  ColumnKind kind = ColumnKind::category;
  std::vector<std::string> levels;
  std::vector<double> values;        ///< per code: 0 or 1, or seconds since 1970; empty for a category
  std::optional<DateOrder> order{};  ///< of dates: as TableColumn::date_order
  std::string_view unclear{};        ///< a date that the other order reads as another day, if it reads all
};

/// The kind that the options give a column; none: it is inferred.
[[nodiscard]] std::optional<ColumnKind> asked_kind(const TableOptions& options, const std::string& column);

/// The kind of a column of these texts: the one asked for, or the one that all of them have. Nothing if a text is not of
/// the kind asked for; `stray` is the index of the first that is not. order: of month and day in dates; none: the one that
/// reads all of them, month_first if both do.
[[nodiscard]] std::optional<TextKind> text_kind(const DistinctTexts& found, std::optional<ColumnKind> asked,
                                                std::optional<DateOrder> order, std::size_t& stray);

/// What is said of dates with two digits of the year that lie in the future, in a column that has years of two centuries:
/// births, say. seconds: of each text, NaN where it is no date. name: of the place where a text first stands. Empty: nothing
/// is to be said.
[[nodiscard]] std::string years_to_come(const DistinctTexts& found, std::span<const double> seconds, DateOrder order,
                                        const std::function<std::string(std::string_view)>& name);

/// The obstacle of a column without a value.
[[nodiscard]] std::string all_missing();
/// The obstacle of numbers from `least` to `most` that fp32 cannot tell apart; the two as they are written.
[[nodiscard]] std::string too_close(std::string_view least, std::string_view most);
/// "'abc' is not a date, expected one"
[[nodiscard]] std::string not_of_kind(std::string_view text, ColumnKind kind);
/// The same of a column that must have the kind, and what to do.
[[nodiscard]] std::string breaks_kind(std::string_view text, ColumnKind kind);

/// Where the texts of a column stand, and how numbers are written there.
struct TextPlaces {
  /// Of the file; nothing: a column in memory, where numbers are no texts.
  std::optional<NumberForm> form{};
  char delimiter = 0;                                              ///< of the file
  std::function<bool(std::string_view, std::string_view)> before;  ///< whether one text first stands before another
  std::function<std::string(std::string_view)> name;               ///< of the place where a text first stands: "line 3"
  std::function<std::string(std::string_view)> footer{};  ///< if a text stands in the last line: what that may be
  std::optional<DateOrder> order{};                       ///< of month and day, if it is asked for
  bool target = false;                                    ///< whether the column is the target
};

/// The texts that are no numbers, if they are few and each stands in one cell.
[[nodiscard]] std::vector<std::string_view> strays_among_numbers(const DistinctTexts& found, const NumberForm& form);

/// What stands in the way of a column of texts: cells of another form in a column of numbers or dates, as many levels as
/// rows, text that is not UTF-8.
[[nodiscard]] std::vector<std::string> text_obstacles(const DistinctTexts& found, const TextPlaces& places);

}  // namespace millrace
