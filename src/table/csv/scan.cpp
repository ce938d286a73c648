// SPDX-License-Identifier: Apache-2.0
#include "table/csv/scan.hpp"

#include <cstring>

namespace millrace {

namespace {

CsvCell scan_quoted(const CsvSyntax& syntax, const char*& at) {
  const char* const first = at + 1;
  CsvCell cell;
  for (at = first;; at += 2) {
    const void* quote = std::memchr(at, '"', static_cast<std::size_t>(syntax.end - at));
    if (quote == nullptr) {
      at = syntax.end;
      return {{first, at}, cell.doubled, CsvFlaw::unclosed_quote};
    }
    at = static_cast<const char*>(quote);
    if (at + 1 == syntax.end || at[1] != '"') break;
    cell.doubled = true;
  }
  cell.text = {first, at};
  at = syntax.past_blanks(at + 1);
  if (!syntax.at_cell_end(at)) cell.flaw = CsvFlaw::text_after_quote;
  return cell;
}

}  // namespace

CsvCell scan_cell(const CsvSyntax& syntax, const char*& at) {
  at = syntax.past_blanks(at);
  if (at != syntax.end && *at == '"') return scan_quoted(syntax, at);
  const char* const first = at;
  while (at != syntax.end && *at != syntax.delimiter && *at != '\n') ++at;
  const bool line_ends = at == syntax.end || *at == '\n';
  if (line_ends && at != first && at[-1] == '\r') --at;
  const char* last = at;
  while (last != first && syntax.is_blank(last[-1])) --last;
  return {{first, last}};
}

std::string cell_text(const CsvCell& cell) {
  if (!cell.doubled) return std::string(cell.text);
  std::string text;
  for (std::size_t i = 0; i < cell.text.size(); ++i) {
    text += cell.text[i];
    if (cell.text[i] == '"') ++i;
  }
  return text;
}

}  // namespace millrace
