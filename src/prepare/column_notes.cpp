// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/excerpt.hpp"
#include "base/to_type.hpp"
#include "millrace/prepare.hpp"

namespace millrace {

namespace {

constexpr std::size_t most_named = 3, most_to_type = 20;

// "column 'a'", "columns 'a' and 'b'", "columns 'a', 'b', 'c' and 9 more"
std::string subject(const std::vector<std::string>& columns) {
  if (columns.size() == 1) return "column " + excerpt(columns[0]);
  std::string text = "columns ";
  const std::size_t named = std::min(columns.size(), most_named);
  for (std::size_t i = 0; i < named; ++i) {
    const bool last = i + 1 == columns.size();
    text += (i == 0 ? "" : last ? " and " : ", ") + excerpt(columns[i]);
  }
  return named == columns.size() ? text : text + " and " + std::to_string(columns.size() - named) + " more";
}

}  // namespace

std::vector<std::string> sentences(std::span<const ColumnNote> notes) {
  struct Group {
    const ColumnNote* first;
    std::vector<std::string> columns;
  };
  std::vector<Group> groups;
  std::map<std::tuple<std::string_view, bool, std::string_view>, std::size_t> places;
  for (const ColumnNote& note : notes) {
    const auto [place, is_new] = places.try_emplace({note.text, note.left_out, note.remedy}, groups.size());
    if (is_new) groups.push_back({&note, {}});
    groups[place->second].columns.push_back(note.column);
  }
  std::vector<std::string> found;
  for (const auto& [note, columns] : groups) {
    std::string text = subject(columns);
    if (note->left_out) text += columns.size() == 1 ? " is left out" : " are left out";
    text += ": " + note->text;
    if (!note->remedy.empty() && columns.size() <= most_to_type) text += ": " + note->remedy + " " + to_type(columns);
    found.push_back(std::move(text));
  }
  return found;
}

}  // namespace millrace
