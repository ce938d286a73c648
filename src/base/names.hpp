// SPDX-License-Identifier: Apache-2.0
//
// Lists of names, and messages about unknown ones: they offer the most similar known names.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fail.hpp"

namespace millrace {

/// The most similar name in `known`: one with the same letters or the initials `name`, one that contains `name` or is
/// contained in it (four letters or more; three at the beginning), or one within an edit distance of a third of the name's
/// length, at least 2. Empty if there is none.
[[nodiscard]] std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

/// Whether `name` is one of `names`.
template <typename Name>
[[nodiscard]] bool contains(const std::vector<Name>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether the names differ at most in capitals, underscores and other marks: AUC and auc, BCELoss and bce_loss.
[[nodiscard]] bool same_letters(std::string_view a, std::string_view b);

/// "a, b, c": the names, or what `text` makes of each element, with `between` between them.
template <class Names = std::vector<std::string_view>, class Text = std::identity>
[[nodiscard]] std::string join(const Names& names, std::string_view between = ", ", const Text& text = {}) {
  std::string joined;
  for (const auto& name : names) {
    if (!joined.empty()) joined += between;
    joined += std::invoke(text, name);
  }
  return joined;
}

/// "a, b, c and 9 more": the first `most` names, and the number of further ones.
[[nodiscard]] std::string listed(const std::vector<std::string>& names, std::size_t most);

/// "unknown <what> 'name', did you mean 'b'? known: a, b, c and 12 more"
[[nodiscard]] std::string unknown_name(std::string_view what, std::string_view name,
                                       const std::vector<std::string_view>& known);

/// The value of an enum whose values have these words, in their order; none for another word.
template <class Enum>
[[nodiscard]] std::optional<Enum> value_of_word(std::span<const std::string_view> words, std::string_view word) {
  const auto at = std::ranges::find(words, word);
  return at == words.end() ? std::nullopt : std::optional(static_cast<Enum>(at - words.begin()));
}

}  // namespace millrace
