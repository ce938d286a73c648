// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/amount.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"

namespace millrace::cli {

std::span<const Unit> units_of_time() {
  static constexpr std::array<Unit, 4> units{{{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}}};
  return units;
}

std::span<const Unit> units_of_memory() {
  static constexpr std::array<Unit, 14> units{{{"", 1},
                                               {"B", 1},
                                               {"K", 0x1p10},
                                               {"KiB", 0x1p10},
                                               {"KB", 1e3},
                                               {"M", 0x1p20},
                                               {"MiB", 0x1p20},
                                               {"MB", 1e6},
                                               {"G", 0x1p30},
                                               {"GiB", 0x1p30},
                                               {"GB", 1e9},
                                               {"T", 0x1p40},
                                               {"TiB", 0x1p40},
                                               {"TB", 1e12}}};
  return units;
}

std::optional<double> parse_amount(std::string_view text, std::span<const Unit> units) {
  const auto is_digit_or_point = [](char c) { return is_digit(c) || c == '.'; };
  const auto last = std::find_if(text.rbegin(), text.rend(), is_digit_or_point);
  const std::string_view unit = trim(text.substr(text.rend() - last));
  const auto same = [&](const Unit& known) { return std::ranges::equal(known.name, unit, {}, lower_case, lower_case); };
  const auto found = std::ranges::find_if(units, same);
  const std::optional<double> number = parse_number(text.substr(0, text.rend() - last));
  if (found == units.end() || !number || !std::isfinite(*number * found->size) || *number <= 0) return std::nullopt;
  return *number * found->size;
}

}  // namespace millrace::cli
