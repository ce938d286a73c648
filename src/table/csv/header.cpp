// SPDX-License-Identifier: Apache-2.0
#include "table/csv/header.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "base/excerpt.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace millrace {

namespace {

// What to do about lines that stand in quotes as a whole: "a,b,y".
constexpr std::string_view unquote = R"(take them off (sed 's/^"//; s/"$//; s/""/"/g' FILE > table.csv))";

// "is the delimiter ';'? (--delimiter ';')"
std::string delimiter_hint(char delimiter) {
  const bool tab = delimiter == '\t';
  const std::string mark = tab ? "tab" : excerpt({&delimiter, 1});
  return "is the delimiter " + std::string(tab ? "a " : "") + mark + "? (--delimiter " + mark + ")";
}

// Leaves `at` behind the header line.
std::vector<std::string> read_names(const CsvFile& file, const char*& at) {
  std::vector<std::string> names;
  for (;; ++at) {
    const char* const first = at;
    const CsvCell cell = scan_cell(file.syntax, at);
    const auto refuse = [&](const std::string& problem) {
      file.fail_line(first, ", column " + std::to_string(names.size() + 1) + " of the header: " + problem);
    };
    if (cell.flaw == CsvFlaw::unclosed_quote) refuse("a quote opens and never closes, expected a name");
    if (cell.flaw == CsvFlaw::text_after_quote) {
      const char next = *at == '"' ? at[-1] : *at;  // a tab passes for a blank
      const bool may_delimit = std::string_view(";\t|,").find(next) != std::string_view::npos;
      refuse("there is text after the closing quote, expected a name" +
             (may_delimit ? ": " + delimiter_hint(next) : ""));
    }
    names.push_back(cell_text(cell));
    if (!is_utf8(names.back())) {
      names.pop_back();
      refuse(not_utf8());
    }
    if (file.syntax.at_line_end(at)) break;
  }
  at = file.syntax.past_line_end(at);
  return names;
}

// Numbers may be names: of the pixels of an image, of wavelengths, of years. Those grow from column to column, and if all
// names are numbers, by equal steps. Other numbers are the first row of a file without a header line, which would be lost.
void check_names(const CsvFile& file) {
  std::vector<double> numbers;
  std::string_view first;
  for (const std::string& name : file.names) {
    const std::optional<float> number = name.empty() ? std::nullopt : file.form.number(name);
    if (!number) continue;
    if (numbers.empty()) first = name;
    numbers.push_back(*number);
  }
  const bool all = numbers.size() == file.names.size();
  bool whole = true, grow = true, equal_steps = true;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    whole = whole && numbers[i] == std::floor(numbers[i]);
    if (i == 0) continue;
    grow = grow && numbers[i] > numbers[i - 1];
    equal_steps = equal_steps && numbers[i] - numbers[i - 1] == numbers[1] - numbers[0];
  }
  if (all ? whole && grow && equal_steps : grow && (numbers.size() > 1 || whole)) return;
  file.fail_line(file.header, (all ? " holds numbers only" : " holds numbers, the first " + excerpt(first)) +
                                  std::string(", expected the names of the columns: if it is the first row, say that "
                                              "the file has no header line (--no-header); if these are names, give "
                                              "them a letter"));
}

// Moves `at` from the start of a record behind it.
std::size_t cells_of(const CsvFile& file, const char*& at) {
  std::size_t cells = 1;
  for (;; ++at, ++cells) {
    static_cast<void>(scan_cell(file.syntax, at));
    if (file.syntax.at_line_end(at)) break;
  }
  at = file.syntax.past_line_end(at);
  return cells;
}

// R writes the names of rows ahead of the columns, without a name in the header line: rising numbers, or texts that
// differ. The column is not read, as the one without a name that pandas writes. A lone cell too many is a mistake.
void fit_row_names(CsvFile& file) {
  constexpr std::int64_t fewest = 3, looked_at = 100;
  std::unordered_set<std::string> names;
  std::int64_t rows = 0, numbers = 0;
  double last = -1;
  for (const char* at = file.record_at(file.body); at != file.syntax.end && rows < looked_at; ++rows) {
    const char* first = at;
    const std::string name = cell_text(scan_cell(file.syntax, first));
    const std::optional<float> number = NumberForm{}.number(name);
    if (cells_of(file, at) != file.names.size() + 1 || !names.insert(name).second) return;
    if (number && (*number != std::floor(*number) || *number <= last)) return;
    last = number.value_or(static_cast<float>(last));
    numbers += number ? 1 : 0;
    at = file.record_at(at);
  }
  const bool one_kind = numbers == 0 || numbers == rows;
  if (rows >= fewest && one_kind && file.names.size() > 1) file.names.insert(file.names.begin(), "");
}

// Some programs write a delimiter at the end of every row but not of the header line, others the other way round. The
// column behind it has no name and is not read.
void fit_trailing_delimiter(CsvFile& file) {
  const char* at = file.record_at(file.body);
  if (at == file.syntax.end) return;
  std::size_t cells = 0;
  CsvCell last;
  for (;; ++at) {
    last = scan_cell(file.syntax, at);
    ++cells;
    if (last.flaw != CsvFlaw::none) return;
    if (file.syntax.at_line_end(at)) break;
  }
  const bool nameless = file.names.back().empty();
  if (cells == file.names.size() + 1 && last.text.empty() && !last.quoted && !nameless)
    file.names.emplace_back();
  else if (cells + 1 == file.names.size() && nameless)
    file.names.pop_back();
}

bool comment_character(char c) { return std::string_view("#%!*/").find(c) != std::string_view::npos; }

// "is line 1 a comment?", if it looks like one.
std::string comment_hint(const CsvFile& file, const char* line) {
  if (line == nullptr || line == file.syntax.end || !comment_character(*line)) return "";
  return "is " + file.short_place(line) + " a comment? (--comment " + excerpt({line, 1}) + ")";
}

std::string skip_lines_hint(const CsvFile& file, const char* line) {
  return "does the header line come later? (--skip-lines " + std::to_string(std::count(file.text.data(), line, '\n')) +
         ")";
}

// A header line of one cell, with a line of several cells further down, is a title.
std::string title_hint(const CsvFile& file) {
  const char* at = file.record_at(file.body);
  for (int looked = 0; looked < 20 && at != file.syntax.end; ++looked) {
    const char* const line = at;
    const std::size_t cells = cells_of(file, at);
    if (cells > 1) {
      return file.short_place(file.header) + " is one cell, and " + file.short_place(line) + " has " +
             std::to_string(cells) + ": " + skip_lines_hint(file, line);
    }
    at = file.record_at(at);
  }
  return "";
}

// A few lines behind the last row that have another number of cells may name a source, say.
std::string footer_hint(const CsvFile& file, const char* record) {
  constexpr std::ptrdiff_t most = 10;
  const std::ptrdiff_t lines = std::count(record, file.syntax.end, '\n') + 1;
  if (record == file.record_at(file.body) || lines > most) return "";
  for (const char* at = record; at != file.syntax.end; at = file.record_at(at))
    if (cells_of(file, at) == file.names.size()) return "";
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

// A header line of one cell that has as many blanks as the first row.
bool blanks_separate(const CsvFile& file) {
  const char* at = file.record_at(file.body);
  if (at == file.syntax.end) return false;
  const CsvCell row = scan_cell(file.syntax, at);
  const auto blanks = std::ranges::count(file.names[0], ' ');
  return file.names[0].find("  ") != std::string::npos || (blanks > 0 && blanks == std::ranges::count(row.text, ' '));
}

}  // namespace

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

std::string later_header_hint(const CsvFile& file, std::string_view name) {
  if (file.header == nullptr) return "";
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
    if (has_name && (has_number || found != nullptr)) return "";  // the cell of a row, or one that recurs, is no name
    if (has_name) found = line;
    at = file.record_at(file.syntax.past_line_end(at));
  }
  if (found == nullptr) return "";
  return file.short_place(found) + " has a cell " + excerpt(name) + ": " + skip_lines_hint(file, found);
}

void read_header(CsvFile& file) {
  file.header = file.body;
  file.names = read_names(file, file.body);
  check_names(file);
  fit_trailing_delimiter(file);
  fit_row_names(file);
}

// A delimiter at the end of the first row makes no column.
std::vector<std::string> numbered_names(const CsvFile& file) {
  std::vector<std::string> names;
  for (const char* at = file.body;; ++at) {
    const CsvCell cell = scan_cell(file.syntax, at);
    const bool ends = at == file.syntax.end || *at != file.syntax.delimiter;
    const bool nothing = ends && !names.empty() && cell.text.empty() && !cell.quoted;
    names.push_back(nothing ? "" : std::to_string(names.size() + 1));
    if (ends) return names;
  }
}

std::string cell_count_hint(const CsvFile& file, const char* record) {
  const char* at = record;
  const CsvCell whole = scan_cell(file.syntax, at);
  if (whole.quoted && file.syntax.at_line_end(at) && whole.text.find(file.syntax.delimiter) != std::string_view::npos)
    return ": the line stands in quotes: " + std::string(unquote);
  for (const char* const line : {file.header, record}) {
    if (const std::string comment = comment_hint(file, line); !comment.empty()) return ": " + comment;
  }
  std::string hint = file.names.size() > 1 || file.header == nullptr ? "" : title_hint(file);
  if (hint.empty()) hint = footer_hint(file, record);
  return hint.empty() ? "" : ": " + hint;
}

std::string header_hint(const CsvFile& file) {
  if (file.names.size() != 1) return "";
  const char* at = file.header == nullptr ? file.record_at(file.body) : file.header;
  const CsvCell line = scan_cell(file.syntax, at);
  const std::string name = cell_text(line);
  const std::string which = file.header == nullptr ? "the first line" : "the header line";
  for (const char other : {';', '\t', '|', ','}) {
    if (name.find(other) == std::string::npos || comment_character(name.front())) continue;
    if (line.quoted) return which + " is one cell in quotes: if each line stands in quotes, " + std::string(unquote);
    return which + " is one cell: " + delimiter_hint(other);
  }
  if (file.header == nullptr) return "";
  if (blanks_separate(file)) return "the header line is one cell: do blanks separate the cells? (--delimiter blanks)";
  if (const std::string comment = comment_hint(file, file.header); !comment.empty()) return comment;
  return title_hint(file);
}

}  // namespace millrace
