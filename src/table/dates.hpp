// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   parse_date("2024-05-31T17:30:00Z", DateOrder::month_first)     // 1717176600.0
//   parse_date("5/31/2024", DateOrder::month_first)                // 1717113600.0
//
// Dates and times as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "millrace/data.hpp"

namespace millrace {

/// Seconds since 1970-01-01T00:00:00 UTC. Takes a date of the years 0001 to 9999 in one of these forms:
///   2024-05-31, 2024/05/31, 2024.05.31, 20240531     the year first
///   5/31/2024, 5-31-2024, 31/5/2024, 31-5-2024       month and day in the given order
///   31.5.2024                                        the day first, whatever the order
///   31 May 2024, 31-May-2024, May 31, 2024           an English name of the month, whole or its first three letters
/// with one or two digits of day and month, and a year of four digits or, where it is last, of two (69 to 99 are
/// 19xx), alone or followed by a time; or a time alone, which is on 1970-01-01. A time follows a blank, T or a comma:
/// HH:MM, HH:MM:SS or HH:MM:SS.fraction, with one or two digits of the hour, and then AM or PM, or a zone: Z, +HH:MM or
/// -HH:MM; UTC without one. A leap second counts as the next second.
/// Returns nothing for any other text and for days and times that do not exist.
[[nodiscard]] std::optional<double> parse_date(std::string_view text, DateOrder order);

/// Whether the text, which is a date to parse_date(), is a time without a day.
[[nodiscard]] bool is_time_of_day(std::string_view text);

/// "2024-05-31": the day of these seconds since 1970-01-01.
[[nodiscard]] std::string date_text(double seconds);

/// Whether the two orders may read the text as different days.
[[nodiscard]] bool depends_on_order(std::string_view text);

}  // namespace millrace
