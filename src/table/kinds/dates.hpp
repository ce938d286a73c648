// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   parse_date("2024-05-31T17:30:00Z", DateOrder::month_first)     // 1717176600.0
//   parse_date("5/31/2024", DateOrder::month_first)                // 1717113600.0
//
// Dates and times as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "millrace/table.hpp"

namespace millrace {

/// Seconds since 1970-01-01T00:00:00 UTC. Takes a date of the years 0001 to 9999 in one of these forms:
///   2024-05-31, 2024/05/31, 2024.05.31, 20240531     the year first
///   5/31/2024, 5-31-2024, 31/5/2024, 31-5-2024       month and day in the given order
///   31.5.2024                                        the day first, whatever the order
///   31 May 2024, 31-May-2024, May 31, 2024           an English name of the month, whole or its first three letters
///   31MAY2024, 31MAY2024:17:30:00                    as SAS writes them
/// with one or two digits of day and month, and a year of four digits or, where it is last, of two (69 to 99 are
/// 19xx), alone or followed by a time; or a month or a quarter, which is its first day: 2024-05, 5/2024, May 2024,
/// 2018Q4, 2018-Q4, Q4 2018; or a time alone, which is on 1970-01-01. A time follows a blank, T or a comma: HH:MM,
/// HH:MM:SS or HH:MM:SS.fraction, with one or two digits of the hour, and then AM or PM, or a zone: Z, UTC, GMT, or,
/// behind a date, an offset from -12:00 to +14:00 in hours, half hours or :45, such as +02:00, -0530, +01, GMT+2; UTC
/// without one. A leap second counts as the next second.
/// Returns nothing for any other text, such as a range of times (08:00-09:00, and 2024-05-31 08:00-09:00, which may be
/// an offset only with seconds, T or a blank ahead of it), and for days and times that do not exist.
[[nodiscard]] std::optional<double> parse_date(std::string_view text, DateOrder order);

/// Whether the text is a date with two digits of the year.
[[nodiscard]] bool has_short_year(std::string_view text, DateOrder order);

/// Whether the text is a date, or a part of one or a range in a form that is not read: 2021-W06, 20-Nov, 08:00-09:00. Such
/// texts are no numbers with a unit.
[[nodiscard]] bool resembles_date(std::string_view text);

/// Whether the text, which is a date to parse_date(), is a time without a day.
[[nodiscard]] bool is_time_of_day(std::string_view text);

/// "2024-05-31": the day of these seconds since 1970-01-01.
[[nodiscard]] std::string date_text(double seconds);

/// Whether the two orders may read the text as different days.
[[nodiscard]] bool depends_on_order(std::string_view text);

}  // namespace millrace
