// SPDX-License-Identifier: Apache-2.0
#include "table/csv/scan.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace millrace {

namespace {

CsvCell scan_quoted(const CsvSyntax& syntax, const char*& at) {
  const char* const first = at + 1;
  CsvCell cell{.quoted = true};
  for (at = first;; at += 2) {
    const void* quote = std::memchr(at, '"', static_cast<std::size_t>(syntax.end - at));
    if (quote == nullptr) {
      at = syntax.end;
      return {{first, at}, cell.doubled, CsvFlaw::unclosed_quote, true};
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

// A high bit in the lowest byte of `bytes` that is 0, and perhaps in higher ones.
constexpr std::uint64_t zero_bytes(std::uint64_t bytes) {
  return (bytes - 0x0101010101010101U) & ~bytes & 0x8080808080808080U;
}

// The delimiter or LF from `at` on, or the end of the text; eight characters at a time.
const char* find_end(const CsvSyntax& syntax, const char* at) {
  if constexpr (std::endian::native == std::endian::little) {
    constexpr std::uint64_t all = 0x0101010101010101U;
    const std::uint64_t delimiters = all * static_cast<unsigned char>(syntax.delimiter);
    for (; syntax.end - at >= 8; at += 8) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, at, sizeof bytes);
      const std::uint64_t ends = zero_bytes(bytes ^ delimiters) | zero_bytes(bytes ^ all * '\n');
      if (ends != 0) return at + std::countr_zero(ends) / 8;
    }
  }
  while (at != syntax.end && *at != syntax.delimiter && *at != '\n') ++at;
  return at;
}

}  // namespace

const char* CsvSyntax::past_comments(const char* line) const {
  while (at_comment(line)) {
    const void* const line_end = std::memchr(line, '\n', end - line);
    line = line_end == nullptr ? end : static_cast<const char*>(line_end) + 1;
  }
  return line;
}

const char* CsvSyntax::past_empty_lines(const char* line) const {
  for (;;) {
    line = past_comments(line);
    const char* const rest = past_blanks(line);
    if (rest == end) return end;
    if (!at_line_end(rest)) return line;
    line = past_line_end(rest);
  }
}

CsvCell scan_cell(const CsvSyntax& syntax, const char*& at) {
  at = syntax.past_blanks(at);
  if (at != syntax.end && *at == '"') return scan_quoted(syntax, at);
  const char* const first = at;
  at = find_end(syntax, at);
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
