// SPDX-License-Identifier: Apache-2.0
#include "table/csv/file.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "millrace/error.hpp"
#include "table/excerpt.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "csv";

void check_delimiter(char delimiter) {
  const bool of_a_number = (delimiter >= '0' && delimiter <= '9') || (delimiter >= 'a' && delimiter <= 'z') ||
                           (delimiter >= 'A' && delimiter <= 'Z') || delimiter == '.' || delimiter == '+' ||
                           delimiter == '-';
  if (of_a_number || delimiter == '"' || delimiter == '\n' || delimiter == '\r') {
    fail(ErrorKind::usage, who,
         "the delimiter is " + excerpt({&delimiter, 1}) +
             ", expected a character that is no part of numbers, quotes or line ends");
  }
}

std::string_view without_byte_order_mark(std::string_view text, const std::string& path) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    fail(ErrorKind::data, who, path + " is UTF-16 text, expected UTF-8: save it as 'CSV UTF-8'");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
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
    if (cell.flaw == CsvFlaw::text_after_quote) refuse("there is text after the closing quote, expected a name");
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

// Whole numbers may be names, of the pixels of an image say. Others are the first row of a file without a header line.
void check_names(const CsvFile& file) {
  bool whole = true;
  for (const std::string& name : file.names) {
    const std::optional<double> number = parse_number(name);
    if (!number) return;
    whole = whole && *number == std::floor(*number);
  }
  if (whole) return;
  file.fail_line(
      file.header,
      " holds numbers only, expected the names of the columns: if it is the first row, say that the file has "
      "no header line (--no-header)");
}

// Excel's first line, "sep=;". Returns whether it is there; `at` is behind it then.
bool take_separator_line(const CsvSyntax& syntax, const char*& at, char& delimiter) {
  constexpr std::string_view word = "sep=";
  const std::string_view text(at, static_cast<std::size_t>(syntax.end - at));
  if (text.size() <= word.size() || !text.starts_with(word)) return false;
  const char* const end = at + word.size() + 1;
  if (!syntax.at_line_end(end)) return false;
  delimiter = end[-1];
  at = syntax.past_line_end(end);
  return true;
}

std::vector<std::string> numbered_names(const CsvFile& file) {
  std::vector<std::string> names;
  for (const char* at = file.body;; ++at) {
    static_cast<void>(scan_cell(file.syntax, at));
    names.push_back(std::to_string(names.size() + 1));
    if (at == file.syntax.end || *at != file.syntax.delimiter) return names;
  }
}

}  // namespace

std::string not_utf8() { return "the text is not UTF-8, expected UTF-8: save the file as 'CSV UTF-8'"; }

void CsvFile::fail_line(const char* at, std::string_view what) const {
  const auto line = 1 + std::count(text.data(), at, '\n');
  fail(ErrorKind::data, who, path + " line " + std::to_string(line) + std::string(what));
}

void CsvFile::fail_cell(const char* at, std::size_t column, std::string_view what) const {
  const std::string name = names[column].empty() ? std::to_string(column + 1) : excerpt(names[column]);
  fail_line(at, ", column " + name + ": " + std::string(what));
}

void CsvFile::check_record(const char* record) const {
  std::size_t cells = 0;
  for (const char* at = record;; ++at) {
    const char* const first = at;
    const CsvCell cell = scan_cell(syntax, at);
    const std::size_t column = std::min(cells++, names.size() - 1);
    if (cell.flaw == CsvFlaw::unclosed_quote) {
      fail_cell(first, column, "a quote opens here and never closes, expected a closing '\"'");
    }
    if (cell.flaw == CsvFlaw::text_after_quote) {
      fail_cell(first, column,
                "there is text after the closing quote of " + excerpt(cell.text) +
                    ", expected the delimiter; a quote inside quotes is written twice");
    }
    if (syntax.at_line_end(at)) break;
  }
  if (cells != names.size()) {
    fail_line(record, " has " + std::to_string(cells) + (cells == 1 ? " cell" : " cells") + ", expected " +
                          std::to_string(names.size()) +
                          (header == nullptr ? " as in the first line" : " as in the header line"));
  }
}

void CsvFile::fail_record(const char* record) const {
  check_record(record);
  fail_line(record, " cannot be split into cells, expected " + std::to_string(names.size()) + " as in the header line");
}

void CsvFile::fail_duplicate(const std::string& name) const {
  fail_line(header, " names column " + excerpt(name) +
                        " twice, expected names that differ: rename one of the columns, or ignore them");
}

CsvFile open_csv(const std::string& path, char delimiter, bool has_header) {
  CsvFile file{.path = path, .mapping = MappedFile(path, who)};
  file.text = without_byte_order_mark(file.mapping.bytes(), path);
  file.syntax = {file.text.data() + file.text.size(), delimiter};
  file.body = file.text.data();
  char separator = 0;
  if (take_separator_line(file.syntax, file.body, separator) && delimiter == 0) file.syntax.delimiter = separator;
  if (file.syntax.delimiter == 0) file.syntax.delimiter = path.ends_with(".tsv") ? '\t' : ',';
  check_delimiter(file.syntax.delimiter);

  // Blank lines at the end are none of the file's, not even where every line is one cell.
  const auto trailing = [&](char c) { return c == '\n' || c == '\r' || file.syntax.is_blank(c); };
  while (file.syntax.end != file.body && trailing(file.syntax.end[-1])) --file.syntax.end;
  file.body = file.syntax.past_blank_lines(file.body);
  if (file.body == file.syntax.end) fail(ErrorKind::data, who, path + " is empty, expected a header line and rows");
  // The first line's end is found at once where there is one.
  if (file.text.find('\n') == std::string_view::npos && file.text.find('\r') < file.text.size() - 1)
    fail(ErrorKind::data, who, path + " ends its lines with CR alone, expected LF or CR LF: save it with those");
  if (!has_header) {
    file.names = numbered_names(file);
    return file;
  }
  file.header = file.body;
  file.names = read_names(file, file.body);
  check_names(file);
  return file;
}

}  // namespace millrace
