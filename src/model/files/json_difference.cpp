// SPDX-License-Identifier: Apache-2.0
#include "model/files/json_difference.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "base/names.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// The name of a list's entry; empty if it has none.
std::string name_of(const json& entry) {
  if (entry.is_string()) return entry.get<std::string>();
  return entry.is_object() ? entry.value("name", "") : "";
}

std::set<std::string> names_of(const json& list) {
  std::set<std::string> names{""};  // entries without a name are never missing
  for (const json& entry : list) names.insert(name_of(entry));
  return names;
}

// "'a', 'b' and 7 more": the entries of `list` whose names are not among `names`; "none" if there are none.
std::string others(const json& list, const std::set<std::string>& names) {
  std::vector<std::string> found;
  for (const json& entry : list)
    if (const std::string name = name_of(entry); !names.contains(name)) found.push_back("'" + name + "'");
  return found.empty() ? "none" : listed(found, 3);
}

// The difference between two values of this key.
std::string difference_of_values(const std::string& key, const json& first, const json& other,
                                 const ComparedSides& sides);

// Names that only one list has, else the first different entry by its name or its number from 1.
std::string difference_of_lists(const json& first, const json& other, const ComparedSides& sides) {
  const std::string gone = others(first, names_of(other)), come = others(other, names_of(first));
  if (gone != "none" || come != "none") return both_values(gone, come, sides);
  std::size_t i = 0;
  while (i < first.size() && i < other.size() && first[i] == other[i]) ++i;
  const auto entry = [&](const json& list) { return i < list.size() ? list[i] : json(); };
  const json one = entry(first), two = entry(other);
  const std::string name = name_of(one);
  const bool same = !name.empty() && name == name_of(two);
  return difference_of_values(same ? " '" + name + "'" : " " + std::to_string(i + 1), one, two, sides);
}

std::string difference_of_values(const std::string& key, const json& first, const json& other,
                                 const ComparedSides& sides) {
  if (first.is_object() && other.is_object()) return key + ", " + json_difference(first, other, sides);
  if (first.is_array() && other.is_array()) return key + difference_of_lists(first, other, sides);
  if (first.is_string() && other.is_string() && contains(sides.checksums, key))
    return key + " (other rows " + sides.other + " than " + sides.first + ")";
  return key + both_values(json_value_text(first), json_value_text(other), sides);
}

}  // namespace

std::string first_different_key(const json& first, const json& other) {
  json keys = other;
  keys.update(first);
  for (const auto& [key, unused] : keys.items()) {
    if (!first.contains(key) || !other.contains(key) || first.at(key) != other.at(key)) return key;
  }
  return "";
}

std::string json_difference(const json& first, const json& other, const ComparedSides& sides) {
  const std::string key = first_different_key(first, other);
  return key.empty() ? "" : difference_of_values(key, first.value(key, json()), other.value(key, json()), sides);
}

std::string both_values(const std::string& first, const std::string& other, const ComparedSides& sides) {
  return " (" + first + " " + sides.first + ", " + other + " " + sides.other + ")";
}

std::string json_value_text(const json& value) { return value.is_null() ? "none" : value.dump(); }

}  // namespace millrace
