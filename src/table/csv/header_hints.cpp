// SPDX-License-Identifier: Apache-2.0
#include "table/csv/header_hints.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/excerpt.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

// What to do about lines that stand in quotes as a whole: "a,b,y".
constexpr std::string_view unquote = R"(take them off (sed 's/^"//; s/"$//; s/""/"/g' FILE > table.csv))";

bool comment_character(char c) { return std::string_view("#%!*/").find(c) != std::string_view::npos; }

// "is line 1 a comment?", if it looks like one.
std::string comment_hint(const CsvFile& file, const char* line) {
  if (line == nullptr || line == file.syntax.end || !comment_character(*line)) return "";
  return "is " + file.short_place(line) + " a comment? (--comment " + excerpt({line, 1}) + ")";
}

// Flags that go with --skip-lines may follow.
std::string skip_lines_hint(const CsvFile& file, const char* line, const std::string& flags = "") {
  return "does the header line come later? (--skip-lines " + std::to_string(std::count(file.text.data(), line, '\n')) +
         flags + ")";
}

// Whether a line may hold names: its numbers, such as years, grow from cell to cell.
bool may_be_names(const CsvFile& file, const char* at) {
  std::optional<float> last;
  for (;; ++at) {
    const std::optional<float> number = file.form.number(cell_text(scan_cell(file.syntax, at)));
    if (number && last && *number <= *last) return false;
    if (number) last = number;
    if (file.syntax.at_line_end(at)) return !last || *last == std::floor(*last);
  }
}

// Ahead of the header line stand lines of fewer cells: a title, a source. Looks for the line from which on all have as many
// cells as it has, by this delimiter.
std::string title_hint(const CsvFile& file, char delimiter) {
  constexpr int most_lines = 20;
  constexpr std::size_t alike = 3;  // lines of as many cells that a table has, or all that there are
  CsvSyntax syntax = file.syntax;
  syntax.delimiter = delimiter;
  const char* first = file.header;
  const std::size_t own = cells_of(syntax, first);
  // A lone cell more or less than in the header line is a mistake in a row.
  const std::size_t least = own == 1 ? 2 : own + 2;
  const char* line = nullptr;
  std::size_t cells = 0, found = 0;
  const char* at = syntax.past_empty_lines(file.body);
  for (int looked = 0; looked < most_lines && at != syntax.end && found < alike; ++looked) {
    const char* const here = at;
    const std::size_t count = cells_of(syntax, at);
    if (line == nullptr || count != cells) {
      if (line != nullptr && own > 1) return "";
      line = count < least ? nullptr : here;
      cells = count;
      found = 0;
    }
    found += line == nullptr ? 0 : 1;
    at = syntax.past_empty_lines(at);
  }
  const bool other = delimiter != file.syntax.delimiter;
  const std::size_t fewest = own > 1 || other ? 2 : 1;
  if (line == nullptr || found < fewest || (own > 1 && !may_be_names(file, line))) return "";
  const std::string flags = !other ? "" : delimiter == '\t' ? " --delimiter tab" : " --delimiter ';'";
  return file.short_place(file.header) + (own == 1 ? " is one cell" : " has " + std::to_string(own) + " cells") +
         ", and " + file.short_place(line) + " has " + std::to_string(cells) + (other ? " by another delimiter" : "") +
         ": " + skip_lines_hint(file, line, flags);
}

// A decimal comma makes two cells of a row whose delimiter is another one: that is asked for first.
std::string title_hint(const CsvFile& file) {
  if (file.header == nullptr) return "";
  std::string hint;
  for (const char other : {';', '\t'}) {
    if (hint.empty() && file.names.size() == 1) hint = title_hint(file, other);
  }
  return hint.empty() ? title_hint(file, file.syntax.delimiter) : hint;
}

// "[99 rows x 3 columns]", which pandas shows behind a frame.
bool is_size_of_frame(std::string_view line) {
  return line.starts_with('[') && line.ends_with("columns]") && line.find("rows") != std::string_view::npos;
}

// A few lines behind the last row that have another number of cells may name a source, say.
std::string footer_hint(const CsvFile& file, const char* record) {
  constexpr std::ptrdiff_t most = 10;
  const std::ptrdiff_t lines = std::count(record, file.syntax.end, '\n') + 1;
  if (record == file.record_at(file.body) || lines > most) return "";
  for (const char* at = record; at != file.syntax.end; at = file.record_at(at))
    if (cells_of(file.syntax, at) == file.names.size()) return "";
  return "are this line and all behind it no rows? (--skip-footer " + std::to_string(lines) + ")";
}

// Whether a name is a cell of its own column, in one of the next rows.
bool has_cells_as_names(const CsvFile& file) {
  constexpr int looked_at = 100;
  const char* at = file.record_at(file.body);
  for (int looked = 0; looked < looked_at && at != file.syntax.end; ++looked) {
    for (std::size_t column = 0;; ++at, ++column) {
      const CsvCell cell = scan_cell(file.syntax, at);
      if (column < file.names.size() && !cell.text.empty() && cell_text(cell) == file.names[column]) return true;
      if (file.syntax.at_line_end(at)) break;
    }
    at = file.record_at(file.syntax.past_line_end(at));
  }
  return false;
}

std::string_view line_at(const CsvSyntax& syntax, const char* at) {
  return trim({at, static_cast<std::size_t>(std::find(at, syntax.end, '\n') - at)});
}

// Of two characters, as in 1::1193::5.
std::string double_delimiter_hint(const std::string& delimiter) {
  const std::string pattern = "[" + delimiter.substr(0, 1) + "][" + delimiter.substr(1) + "]";
  return "is the delimiter " + excerpt(delimiter) + "? Expected one character: put a tab in its place (awk '{gsub(/" +
         pattern + "/, \"\\t\")} 1' FILE > table.tsv)";
}

// What most likely stands between the cells of these two lines, and how to say so; empty: nothing does.
std::string other_delimiter_hint(std::string_view first, std::string_view second) {
  // Columns of numbers with blanks between them, and a tab ahead of a text.
  if (first.find("  ") != std::string_view::npos && first.find('\t') != std::string_view::npos)
    return delimiter_hint(' ');
  for (const char other : {';', '\t', '|', ',', '^', '~', '\x01', ':'}) {
    const bool usual = std::string_view(";\t|,").find(other) != std::string_view::npos;
    const auto here = std::ranges::count(first, other), below = std::ranges::count(second, other);
    const bool fits = usual ? below > 0 || second.empty() : below == here;
    if (here == 0 || !fits) continue;
    const std::string twice(2, other);
    const bool is_double = std::string_view(";\t,").find(other) == std::string_view::npos &&
                           first.find(twice) != std::string_view::npos && second.find(twice) != std::string_view::npos;
    return is_double ? double_delimiter_hint(twice) : delimiter_hint(other);
  }
  return "";
}

// A header line of one cell that has as many blanks as the first row.
bool blanks_separate(const CsvFile& file) {
  const char* at = file.record_at(file.body);
  if (at == file.syntax.end) return false;
  const CsvCell row = scan_cell(file.syntax, at);
  const auto blanks = std::ranges::count(file.names[0], ' ');
  return file.names[0].find("  ") != std::string::npos || (blanks > 0 && blanks == std::ranges::count(row.text, ' '));
}

}  // namespace

std::string delimiter_hint(char delimiter) {
  if (delimiter == ' ') return "do blanks separate the cells? (--delimiter blanks)";
  if (delimiter == '\x01')
    return R"(is the delimiter the character 1? Put a tab in its place (tr '\001' '\t' < FILE > table.tsv))";
  const bool tab = delimiter == '\t';
  const std::string mark = tab ? "tab" : excerpt({&delimiter, 1});
  return "is the delimiter " + std::string(tab ? "a " : "") + mark + "? (--delimiter " + mark + ")";
}

std::size_t cells_of(const CsvSyntax& syntax, const char*& at) {
  std::size_t cells = 1;
  bool sound = true;
  for (;; ++at, ++cells) {
    sound = scan_cell(syntax, at).flaw == CsvFlaw::none && sound;
    if (syntax.at_line_end(at)) break;
  }
  at = syntax.past_line_end(at);
  return sound ? cells : 0;
}

std::string missing_header_hint(const CsvFile& file, std::string_view name) {
  if (file.header == nullptr) return "";
  const std::optional<double> place = parse_number(name);
  const bool is_place =
      place && *place == std::floor(*place) && *place >= 1 && *place <= static_cast<double>(file.names.size());
  const bool has_number =
      std::ranges::any_of(file.names, [&](const std::string& each) { return file.form.number(each).has_value(); });
  if (!is_place && !has_number && !has_cells_as_names(file)) return "";
  return "does the file lack a header line? (--no-header names the columns 1, 2, 3 ...)";
}

const char* last_line(const CsvFile& file) {
  const char* const first = file.record_at(file.body);
  const char* line = file.syntax.end;
  while (line != first && line[-1] != '\n') --line;
  return line == first ? file.syntax.end : line;
}

std::string last_line_hint(const CsvFile& file, const char* line, std::string_view cell) {
  if (cell.data() < line || cell.data() >= file.syntax.end) return "";
  return "if the last line holds totals, it is no row: --skip-footer 1";
}

namespace {

// One of the next lines, without numbers, that has a cell of that name; null: there is none.
const char* line_with_name(const CsvFile& file, std::string_view name) {
  const char* at = file.record_at(file.body);
  const char* found = nullptr;
  for (int looked = 0; looked < 20 && at != file.syntax.end; ++looked) {
    const char* const line = at;
    bool has_name = false, has_number = false;
    for (;; ++at) {
      const std::string cell = cell_text(scan_cell(file.syntax, at));
      has_name = has_name || cell == name;
      has_number = has_number || file.form.number(cell);
      if (file.syntax.at_line_end(at)) break;
    }
    if (has_name && (has_number || found != nullptr))
      return nullptr;  // the cell of a row, or one that recurs, is no name
    if (has_name) found = line;
    at = file.record_at(file.syntax.past_line_end(at));
  }
  return found;
}

}  // namespace

std::string later_header_hint(const CsvFile& file, std::string_view name) {
  if (file.header == nullptr) return "";
  const char* const found = line_with_name(file, name);
  if (found == nullptr) return title_hint(file);
  return file.short_place(found) + " has a cell " + excerpt(name) + ": " + skip_lines_hint(file, found);
}

std::string cell_count_hint(const CsvFile& file, const char* record) {
  const char* at = record;
  const CsvCell whole = scan_cell(file.syntax, at);
  if (whole.quoted && file.syntax.at_line_end(at) && whole.text.find(file.syntax.delimiter) != std::string_view::npos)
    return ": the line stands in quotes: " + std::string(unquote);
  for (const char* const line : {file.header, record}) {
    if (const std::string comment = comment_hint(file, line); !comment.empty()) return ": " + comment;
  }
  if (const char* const last = last_line(file); is_size_of_frame(line_at(file.syntax, last)))
    return ": " + file.short_place(last) + " says how many rows pandas shows: --skip-footer 1";
  std::string hint = file.names.size() == 1 ? header_hint(file) : title_hint(file);
  if (hint.empty()) hint = footer_hint(file, record);
  return hint.empty() ? "" : ": " + hint;
}

std::string header_hint(const CsvFile& file) {
  if (file.names.size() != 1) return "";
  const char* at = file.header == nullptr ? file.record_at(file.body) : file.header;
  const CsvCell line = scan_cell(file.syntax, at);
  const std::string name = cell_text(line);
  const std::string which = file.header == nullptr ? "the first line" : "the header line";
  const std::string_view second = line_at(file.syntax, file.record_at(file.syntax.past_line_end(at)));
  const std::string delimiter =
      name.empty() || comment_character(name.front()) ? "" : other_delimiter_hint(name, second);
  if (!delimiter.empty() && line.quoted)
    return which + " is one cell in quotes: if each line stands in quotes, " + std::string(unquote);
  if (!delimiter.empty()) return which + " is one cell: " + delimiter;
  if (file.header == nullptr) return "";
  if (blanks_separate(file)) return which + " is one cell: " + delimiter_hint(' ');
  if (const std::string comment = comment_hint(file, file.header); !comment.empty()) return comment;
  return title_hint(file);
}

}  // namespace millrace
