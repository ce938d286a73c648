// SPDX-License-Identifier: Apache-2.0
#include "table/csv/blanks.hpp"

#include <algorithm>

namespace millrace {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Where the cell that starts at `at` ends: at a blank or a line end, or behind the quote that closes it.
std::size_t end_of_cell(std::string_view text, std::size_t at) {
  if (text[at] == '"') {
    for (++at;; at += 2) {
      at = text.find('"', at);
      if (at == std::string_view::npos) return text.size();
      if (at + 1 == text.size() || text[at + 1] != '"') break;
    }
  }
  while (at < text.size() && !is_blank(text[at]) && text[at] != '\n') ++at;
  return at;
}

}  // namespace

std::string blanks_to_tabs(std::string_view text, char comment) {
  std::string result;
  result.reserve(text.size());
  bool line_starts = true;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\n') {
      if (result.ends_with('\t')) result.pop_back();
      result += text[at++];
      line_starts = true;
    } else if (is_blank(text[at])) {
      if (!line_starts && !result.ends_with('\t')) result += '\t';
      ++at;
    } else {
      const bool commented = line_starts && comment != 0 && text[at] == comment;
      const std::size_t end = commented ? std::min(text.find('\n', at), text.size()) : end_of_cell(text, at);
      // CR LF with blanks ahead of it
      if (text.substr(at, end - at) == "\r" && result.ends_with('\t')) result.pop_back();
      result += text.substr(at, end - at);
      at = end;
      line_starts = false;
    }
  }
  return result;
}

}  // namespace millrace
