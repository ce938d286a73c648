// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/date_form.hpp"

#include <array>

#include "base/excerpt.hpp"
#include "table/kinds/dates.hpp"

namespace millrace {

std::optional<double> DateForm::read(std::string_view text) const {
  return is_time_of_day(text) == times ? parse_date(text, order) : std::nullopt;
}

std::optional<DateOrder> asked_order(const TableOptions& options, const std::string& column) {
  if (options.format.date_order) return options.format.date_order;
  const auto own = options.date_orders.find(column);
  return own == options.date_orders.end() ? std::nullopt : std::optional(own->second);
}

std::optional<bool> asked_times(const TableOptions& options, const std::string& column) {
  const auto own = options.times.find(column);
  return own == options.times.end() ? std::nullopt : std::optional(own->second);
}

std::string other_form(std::string_view text, std::optional<bool> times) {
  if (!times || is_time_of_day(text) == *times) return "";
  if (!parse_date(text, DateOrder::month_first) && !parse_date(text, DateOrder::day_first)) return "";
  return excerpt(text) + (*times ? " is a date, expected a time of a day as in training"
                                 : " is a time of a day, expected a date as in training");
}

std::string_view order_text(DateOrder order) {
  return order == DateOrder::month_first ? "with the month first" : "with the day first";
}

std::string order_flag(DateOrder order) {
  return std::string("--date-order ") + (order == DateOrder::month_first ? "month_first" : "day_first");
}

UsualDates usual_dates(std::span<const std::string_view> texts, std::span<const std::int64_t> counts,
                       std::optional<DateOrder> order, std::optional<bool> of_times) {
  constexpr std::array<DateOrder, 2> orders{DateOrder::month_first, DateOrder::day_first};
  std::array<std::int64_t, 2> days{};
  std::int64_t times = 0;
  bool matters = false;
  std::string_view unclear;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::array<std::optional<double>, 2> read{parse_date(texts[i], orders[0]), parse_date(texts[i], orders[1])};
    if (is_time_of_day(texts[i])) {
      times += read[0] ? counts[i] : 0;
      continue;
    }
    for (std::size_t k = 0; k < orders.size(); ++k) days[k] += read[k] ? counts[i] : 0;
    matters = matters || read[0] != read[1];
    const bool differ = read[0] && read[1] && *read[0] != *read[1];
    if (differ && (unclear.empty() || texts[i].data() < unclear.data())) unclear = texts[i];
  }
  const DateOrder chosen = order ? *order : days[1] > days[0] ? orders[1] : orders[0];
  const std::int64_t of_order = days[chosen == orders[0] ? 0 : 1];
  if (of_times.value_or(times > of_order))
    return {.form = {.order = chosen, .times = true}, .cells = times, .order = order};
  return {.form = {.order = chosen},
          .cells = of_order,
          .unclear = order || days[0] != days[1] ? std::string_view() : unclear,
          .order = order || matters ? std::optional(chosen) : std::nullopt};
}

}  // namespace millrace
