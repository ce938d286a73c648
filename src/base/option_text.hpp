// SPDX-License-Identifier: Apache-2.0
//
// Values of options as text and back. Options of operations, flags and keys of TOML files are read by the same functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "millrace/options.hpp"

namespace millrace {

/// The value as "name:option=value" has it: 0.1, true, none, 3x5, 0.1,0.01.
[[nodiscard]] std::string value_text(const OptionValue& value);

/// The number that `given` is, or that its text spells; none for anything else.
[[nodiscard]] std::optional<double> as_number(const OptionValue& given);

/// The largest whole number that is read from a text such as 1e3: above 2^53 a double stands for several ones.
inline constexpr double largest_whole = 9e15;
/// The same for whole numbers, of int64_t or uint64_t. Those written in digits may have as many as the type has.
template <class Integer>
[[nodiscard]] std::optional<Integer> as_whole(const OptionValue& given);

/// Of true, yes and 1 true, of false, no and 0 false.
[[nodiscard]] std::optional<bool> as_bool(const OptionValue& given);

}  // namespace millrace
