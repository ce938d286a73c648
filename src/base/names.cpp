// SPDX-License-Identifier: Apache-2.0
#include "base/names.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/text.hpp"

namespace millrace {

namespace {

// Levenshtein distance, one row of the table at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// The name in lower case and without separators.
std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (is_letter(c) || is_digit(c)) letters += lower_case(c);
  }
  return letters;
}

// "lr" of learning-rate
std::string initials_of(std::string_view name) {
  std::string initials;
  bool begins = true;
  for (const char c : name) {
    const bool is_within = is_letter(c) || is_digit(c);
    if (is_within && begins) initials += c;
    begins = !is_within;
  }
  return initials;
}

// Whether `candidate` is another form of `name`: the same letters, its initials, or a longer or shorter form.
bool is_related(const std::string& letters, std::string_view candidate) {
  const std::string other = letters_of(candidate);
  if (letters == other) return true;
  if (letters.size() >= 2 && letters == initials_of(candidate)) return true;
  constexpr std::size_t least_beginning = 3, least = 4;  // shorter names occur in others by chance
  if (std::min(letters.size(), other.size()) >= least_beginning &&
      (letters.starts_with(other) || other.starts_with(letters)))
    return true;
  return std::min(letters.size(), other.size()) >= least &&
         (letters.find(other) != std::string::npos || other.find(letters) != std::string::npos);
}

// The most similar names, the nearest first: at most three that are related, otherwise the one with the smallest distance.
std::vector<std::string_view> nearest_names(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string letters = letters_of(name);
  std::vector<std::string_view> related;
  std::copy_if(known.begin(), known.end(), std::back_inserter(related),
               [&](std::string_view candidate) { return is_related(letters, candidate); });
  if (!related.empty()) {
    std::stable_sort(related.begin(), related.end(), [&](std::string_view a, std::string_view b) {
      return edit_distance(letters, letters_of(a)) < edit_distance(letters, letters_of(b));
    });
    constexpr std::size_t most = 3;
    related.resize(std::min(related.size(), most));
    return related;
  }
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    // A name without a common character is not similar, however short it is.
    if (distance < best_distance && distance < std::max(name.size(), candidate.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best.empty() ? std::vector<std::string_view>() : std::vector{best};
}

// As many of the names as a reader looks through: three lines of a terminal.
std::string join_some(const std::vector<std::string_view>& names) {
  constexpr std::size_t longest = 240;
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0 && text.size() + names[i].size() > longest)
      return text + " and " + std::to_string(names.size() - i) + " more";
    text += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  return text;
}

}  // namespace

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
  const std::vector<std::string_view> nearest = nearest_names(name, known);
  return nearest.empty() ? std::string_view() : nearest.front();
}

bool same_letters(std::string_view a, std::string_view b) { return letters_of(a) == letters_of(b); }

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  const std::size_t shown = std::min(names.size(), most);
  const std::string text = join(std::span(names).first(shown));
  return shown == names.size() ? text : text + " and " + std::to_string(names.size() - shown) + " more";
}

std::string unknown_name(std::string_view what, std::string_view name, const std::vector<std::string_view>& known) {
  std::string text = "unknown " + std::string(what) + " '" + std::string(name) + "'";
  if (known.empty()) return text + ", there are none";
  const std::vector<std::string_view> nearest = nearest_names(name, known);
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    text += i == 0 ? ", did you mean '" : i + 1 == nearest.size() ? " or '" : ", '";
    text += std::string(nearest[i]) + "'";
  }
  return text + (nearest.empty() ? ", known: " : "? known: ") + join_some(known);
}

}  // namespace millrace
