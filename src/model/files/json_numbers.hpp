// SPDX-License-Identifier: Apache-2.0
//
// Whole numbers from JSON of any origin. The JSON library would turn 2.5 into 2, and 1e300 into any number.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

namespace millrace {

/// Throws std::out_of_range for anything but a whole number of 64 bits.
[[nodiscard]] inline std::int64_t whole_number(const nlohmann::json& value) {
  const bool fits =
      value.is_number_unsigned() ? std::in_range<std::int64_t>(value.get<std::uint64_t>()) : value.is_number_integer();
  if (!fits) throw std::out_of_range("no whole number where there should be one");
  return value.get<std::int64_t>();
}

[[nodiscard]] inline std::vector<std::int64_t> whole_numbers(const nlohmann::json& values) {
  if (!values.is_array()) throw std::out_of_range("no array of whole numbers where there should be one");
  std::vector<std::int64_t> numbers;
  for (const nlohmann::json& value : values) numbers.push_back(whole_number(value));
  return numbers;
}

}  // namespace millrace
