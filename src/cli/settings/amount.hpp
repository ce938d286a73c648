// SPDX-License-Identifier: Apache-2.0
//
// Amounts with units, as users write them: 5m, 30s, 4GiB.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace millrace::cli {

struct Unit {
  std::string_view name;
  double size = 1;
};

/// s, m or min, h; in seconds.
[[nodiscard]] std::span<const Unit> units_of_time();
/// None, B, K or KiB, M or MiB, G or GiB, T or TiB, which are powers of 1024, and KB, MB, GB, TB, powers of 1000; in bytes.
[[nodiscard]] std::span<const Unit> units_of_memory();

/// The amount that the whole text spells, with one of these units in small or capital letters. Nothing: it spells no
/// finite amount above 0.
[[nodiscard]] std::optional<double> parse_amount(std::string_view text, std::span<const Unit> units);

}  // namespace millrace::cli
