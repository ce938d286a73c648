// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   parse_date("2024-05-31T17:30:00Z")     // 1717176600.0
//
// Dates and times as text.
#pragma once

#include <optional>
#include <string_view>

namespace millrace {

/// Seconds since 1970-01-01T00:00:00 UTC. Takes YYYY-MM-DD and YYYY/MM/DD of the years 0001 to 9999, alone or followed
/// by a blank or T and HH:MM, HH:MM:SS or HH:MM:SS.fraction, and then by Z, +HH:MM or -HH:MM; UTC without such a zone.
/// Returns nothing for any other text and for days and times that do not exist. A leap second counts as the next
/// second.
[[nodiscard]] std::optional<double> parse_date(std::string_view text);

}  // namespace millrace
