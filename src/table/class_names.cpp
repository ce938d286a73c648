// SPDX-License-Identifier: Apache-2.0
#include "table/class_names.hpp"

#include "base/text.hpp"
#include "table/kinds/booleans.hpp"

namespace millrace {

namespace {

template <class Map, class Key>
std::int64_t found(const Map& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? -1 : at->second;
}

}  // namespace

ClassNames::ClassNames(const std::vector<std::string>& names) {
  std::int64_t index = 0;
  for (const std::string& name : names) {  // emplace() keeps the first of equal ones
    by_text_.emplace(name, index);
    by_trimmed_.emplace(trim(name), index);
    if (const auto number = parse_number(name)) by_number_.emplace(*number, index);
    if (const auto word = parse_boolean(name)) by_boolean_.emplace(std::pair(word->pair, word->value), index);
    ++index;
  }
}

std::int64_t ClassNames::index_of_same(std::string_view text) const { return found(by_text_, text); }

std::int64_t ClassNames::index(std::string_view text) const {
  if (const std::int64_t at = index_of_same(text); at >= 0) return at;
  if (const auto number = parse_number(text)) return found(by_number_, *number);
  // Quoted cells of a file keep the blanks around their texts, and texts in memory do not.
  if (const std::int64_t at = found(by_trimmed_, trim(text)); at >= 0) return at;
  const auto word = parse_boolean(text);
  return word ? found(by_boolean_, std::pair(word->pair, word->value)) : -1;
}

}  // namespace millrace
