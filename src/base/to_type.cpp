// SPDX-License-Identifier: Apache-2.0
#include "base/to_type.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace millrace {

namespace {

// Of a list: "last, first", with quotes inside doubled.
std::string entry(const std::string& name) {
  const bool has_edges = name.starts_with(' ') || name.ends_with(' ');
  if (name.find_first_of(",\"") == std::string::npos && !has_edges) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

bool is_plain(char c) {
  return is_digit(c) || is_letter(c) || static_cast<unsigned char>(c) > '~' ||
         std::string_view("_-.,:/@%+=").find(c) != std::string_view::npos;
}

}  // namespace

std::string to_type(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (&name == &names.front() ? "" : ",") + entry(name);
  if (!list.empty() && std::ranges::all_of(list, is_plain)) return list;
  std::string quoted = "'";
  for (const char c : list) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + '\'';
}

}  // namespace millrace
