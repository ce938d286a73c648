// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/booleans.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/names.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, boolean_pairs> pairs = {
    {{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"f", "t"}, {"n", "y"}, {"0", "1"}, {"0.0", "1.0"}}};
constexpr int pairs_of_words = 5;  // the first ones; the others are numbers

std::optional<BooleanWord> found_among(int count, std::string_view text) {
  const auto same = [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                      [](char a, char b) { return lower_case(a) == b; });
  };
  for (int pair = 0; pair < count; ++pair) {
    if (same(pairs[pair].first)) return BooleanWord{pair, false};
    if (same(pairs[pair].second)) return BooleanWord{pair, true};
  }
  return std::nullopt;
}

}  // namespace

std::pair<std::string_view, std::string_view> boolean_words(int pair) { return pairs[pair]; }

std::string all_boolean_words() {
  const auto shown = std::span(pairs).first(pairs_of_words + 1);
  return join(shown, ", ",
              [](const auto& pair) { return std::string(pair.second) + " or " + std::string(pair.first); });
}

std::optional<BooleanWord> parse_boolean(std::string_view text) { return found_among(pairs_of_words, text); }

std::optional<BooleanWord> parse_known_boolean(std::string_view text) { return found_among(boolean_pairs, text); }

}  // namespace millrace
