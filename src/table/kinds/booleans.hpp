// SPDX-License-Identifier: Apache-2.0
//
// Words that mean yes or no.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

/// The number of pairs: of words, and of numbers behind them.
inline constexpr int boolean_pairs = 7;

struct BooleanWord {
  int pair;  ///< index of the pair; all words of a column belong to one pair
  bool value;
};

/// true/false, yes/no, on/off, t/f, y/n, in upper, lower or mixed case. Nothing for any other text.
[[nodiscard]] std::optional<BooleanWord> parse_boolean(std::string_view text);
/// The same, and 1/0 and 1.0/0.0: in a column that is known to be boolean, because a model or a caller says so.
[[nodiscard]] std::optional<BooleanWord> parse_known_boolean(std::string_view text);

/// The words or numbers for no and yes of that pair, in lower case.
[[nodiscard]] std::pair<std::string_view, std::string_view> boolean_words(int pair);

/// All of them for messages: "true or false, yes or no, on or off, t or f, y or n, 1 or 0".
[[nodiscard]] std::string all_boolean_words();

}  // namespace millrace
