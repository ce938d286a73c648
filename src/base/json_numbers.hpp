// SPDX-License-Identifier: Apache-2.0
//
// Whole numbers of JSON from files that anyone may have changed. The JSON library alone would turn 2.5 into 2, and 1e300 into
// any number.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

namespace millrace {

/// Json: nlohmann::json or ordered_json. Throws std::out_of_range for anything but a whole number of the type Number.
template <class Number = std::int64_t, class Json>
[[nodiscard]] Number whole_number(const Json& value) {
  const bool fits = value.is_number_unsigned()
                        ? std::in_range<Number>(value.template get<std::uint64_t>())
                        : value.is_number_integer() && std::in_range<Number>(value.template get<std::int64_t>());
  if (!fits) throw std::out_of_range("no whole number where there should be one");
  return value.template get<Number>();
}

/// Small enough that the sums of a few counts fit 64 bits, and that double has every count.
inline constexpr std::int64_t most_count = std::int64_t{1} << 53;

/// A whole number from 0 to most_count. Throws std::out_of_range for anything else.
template <class Json>
[[nodiscard]] std::int64_t whole_count(const Json& value) {
  const auto count = whole_number(value);
  if (count < 0 || count > most_count) throw std::out_of_range("no count from 0 to 2^53 where there should be one");
  return count;
}

template <class Json>
[[nodiscard]] std::vector<std::int64_t> whole_numbers(const Json& values) {
  if (!values.is_array()) throw std::out_of_range("no array of whole numbers where there should be one");
  std::vector<std::int64_t> numbers;
  for (const Json& value : values) numbers.push_back(whole_number(value));
  return numbers;
}

}  // namespace millrace
