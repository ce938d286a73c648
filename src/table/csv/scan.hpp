// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CsvSyntax syntax{text.data() + text.size(), ','};
//   const CsvCell cell = scan_cell(syntax, at);      // `at` moves to what ends the cell
//   at = syntax.at_line_end(at) ? syntax.past_line_end(at) : at + 1;
//
// Cells and lines of a CSV text as RFC 4180 has them. Two liberties: blanks around a cell do not count (those between
// quotes do), and a quote inside a cell that does not start with one is an ordinary character.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

enum class CsvFlaw { none, unclosed_quote, text_after_quote };

/// A cell as it stands in the text.
struct CsvCell {
  std::string_view text;  ///< without the quotes around it and the blanks outside them
  bool doubled = false;   ///< a quoted cell with "" in it, each of which stands for one quote
  CsvFlaw flaw = CsvFlaw::none;
  bool quoted = false;
};

struct CsvSyntax {
  const char* end;
  char delimiter;
  char comment = 0;         ///< what a line of comment starts with; 0: there are none
  bool usual_marks = true;  ///< whether NA and the like stand for missing values

  /// LF, CR LF, a last CR, or the end of the text; a CR elsewhere is an ordinary character.
  [[nodiscard]] bool at_line_end(const char* at) const {
    return at == end || *at == '\n' || (*at == '\r' && (at + 1 == end || at[1] == '\n'));
  }
  [[nodiscard]] bool at_cell_end(const char* at) const { return at == end || *at == delimiter || at_line_end(at); }
  [[nodiscard]] const char* past_line_end(const char* at) const {
    if (at != end && *at == '\r') ++at;
    return at == end ? at : at + 1;
  }
  [[nodiscard]] bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != delimiter; }
  [[nodiscard]] const char* past_blanks(const char* at) const {
    while (at != end && is_blank(*at)) ++at;
    return at;
  }
  [[nodiscard]] bool at_comment(const char* line) const {
    if (comment == 0) return false;
    const char* const first = past_blanks(line);
    return first != end && *first == comment;
  }
  /// The start of the first line from here that is no comment, or the end.
  [[nodiscard]] const char* past_comments(const char* line) const;
  /// The start of the first line from here that holds more than blanks and is no comment, or the end.
  [[nodiscard]] const char* past_empty_lines(const char* line) const;
};

/// The cell that starts at `at`, which moves to the delimiter or line end behind it. A flawed cell ends where the flaw
/// was found.
[[nodiscard]] CsvCell scan_cell(const CsvSyntax& syntax, const char*& at);

/// What the cell says: doubled quotes made single.
[[nodiscard]] std::string cell_text(const CsvCell& cell);

}  // namespace millrace
