// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const UsualDates dates = usual_dates(texts, counts, asked_order(options, column));
//   dates.form.read("5/31/2024")        // seconds since 1970, or nothing
//
// In which form most dates of a column are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "millrace/table.hpp"

namespace millrace {

/// How dates of a column are written.
struct DateForm {
  DateOrder order = DateOrder::month_first;
  bool times = false;  ///< times of a day without a day
  /// As parse_date(); nothing for a text of another form, too.
  [[nodiscard]] std::optional<double> read(std::string_view text) const;
};

struct UsualDates {
  DateForm form;
  std::int64_t cells = 0;            ///< that have this form
  std::string_view unclear{};        ///< a date that the other order reads as another day, if it reads as many cells
  std::optional<DateOrder> order{};  ///< form.order, if it was asked for or a date depends on it
};
/// The form of dates that most cells of a column have. texts: in the order of the file or another; counts: cells with each
/// text. order: of month and day; none: the one that reads more cells, month_first if both read as many. times: whether
/// they are times of a day; none: if more cells are.
[[nodiscard]] UsualDates usual_dates(std::span<const std::string_view> texts, std::span<const std::int64_t> counts,
                                     std::optional<DateOrder> order, std::optional<bool> times = {});

/// The order of month and day that the options ask for in a column; none: it is inferred.
[[nodiscard]] std::optional<DateOrder> asked_order(const TableOptions& options, const std::string& column);

/// Whether the options ask for times of a day in a column, or for dates; none: it is inferred.
[[nodiscard]] std::optional<bool> asked_times(const TableOptions& options, const std::string& column);
/// "'17:30' is a time of a day, expected a date as in training", or the reverse, if the text is a date of the form that was
/// not asked for; otherwise empty.
[[nodiscard]] std::string other_form(std::string_view text, std::optional<bool> times);

[[nodiscard]] inline DateOrder other_order(DateOrder order) {
  return order == DateOrder::month_first ? DateOrder::day_first : DateOrder::month_first;
}
/// "with the month first"
[[nodiscard]] std::string_view order_text(DateOrder order);
/// "--date-order month_first"
[[nodiscard]] std::string order_flag(DateOrder order);

}  // namespace millrace
