// SPDX-License-Identifier: Apache-2.0
#include "table/csv/file.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "table/csv/blanks.hpp"
#include "table/csv/header.hpp"
#include "table/csv/header_hints.hpp"
#include "table/csv/header_rows.hpp"
#include "table/csv/missing_marks.hpp"
#include "table/text/source.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "csv";

// A character with another meaning in a text of cells.
bool has_a_meaning(char c) {
  return is_digit(c) || is_letter(c) || std::string_view(".+-\"\n\r").find(c) != std::string_view::npos;
}

void check_marks(char delimiter, char comment) {
  if (has_a_meaning(delimiter)) {
    fail(ErrorKind::usage, who,
         "the delimiter is " + excerpt({&delimiter, 1}) +
             ", expected a character that is no part of numbers, quotes or line ends");
  }
  if (comment != 0 && (has_a_meaning(comment) || comment == delimiter || comment == ' ' || comment == '\t')) {
    fail(ErrorKind::usage, who,
         "lines of comment start with " + excerpt({&comment, 1}) +
             ", expected a character that is no delimiter, blank or quote, and no part of numbers");
  }
}

// people.tsv, people.tsv.gz
bool is_tsv(std::string_view path) {
  for (const std::string_view ending : {".gz", ".zst"}) {
    if (path.ends_with(ending)) path.remove_suffix(ending.size());
  }
  return path.ends_with(".tsv");
}

// Excel's first line, "sep=;", which may stand in quotes. Returns whether it is there; `at` is behind it then.
bool take_separator_line(const CsvSyntax& syntax, const char*& at, char& delimiter) {
  constexpr std::string_view word = "sep=";
  std::string_view text(at, static_cast<std::size_t>(syntax.end - at));
  const bool quoted = text.starts_with('"');
  text.remove_prefix(quoted ? 1 : 0);
  if (text.size() <= word.size() + (quoted ? 1 : 0) || !text.starts_with(word)) return false;
  const char* end = text.data() + word.size() + 1;
  if (quoted && *end++ != '"') return false;
  if (!syntax.at_line_end(end)) return false;
  delimiter = text[word.size()];
  at = syntax.past_line_end(end);
  return true;
}

// Python on Windows ends the lines of a CSV file with CR CR LF, if the file was opened without newline="". The first lines
// show it.
std::string without_carriage_returns(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    if (c == '\n')
      while (text.ends_with('\r')) text.pop_back();
    text += c;
  }
  return text;
}

// Programs for the Mac of the last century, and Excel by that name, end lines with CR alone. The first line's end is found
// at once where there is one.
SourceText with_line_ends(SourceText source) {
  constexpr std::size_t looked_at = 1 << 16;
  if (source.bytes.substr(0, looked_at).find("\r\r\n") != std::string_view::npos)
    return source_of(source.path, without_carriage_returns(source.bytes));
  if (source.bytes.find('\n') != std::string_view::npos || source.bytes.find('\r') == std::string_view::npos)
    return source;
  std::string text(source.bytes);
  std::replace(text.begin(), text.end(), '\r', '\n');
  return source_of(source.path, std::move(text));
}

SourceText open_text(const std::string& path, const TextFormat& format) {
  SourceText source = unpacked(open_source(path, who), who);
  if (const std::string other = foreign_format(source.bytes.substr(0, 1 << 16), format.skip_lines); !other.empty())
    fail(ErrorKind::data, who, path + " is " + other);
  return with_line_ends(to_utf8(unzipped(std::move(source), who), format.encoding, who));
}

// Blank lines at the end are none of the file's, not even where every line is one cell.
void trim_end(CsvFile& file) {
  const auto trailing = [&](char c) { return c == '\n' || c == '\r' || file.syntax.is_blank(c); };
  while (file.syntax.end != file.body && trailing(file.syntax.end[-1])) --file.syntax.end;
}

void skip_footer(CsvFile& file, std::int64_t lines) {
  for (std::int64_t line = 0; line < lines && file.syntax.end != file.body; ++line) {
    while (file.syntax.end != file.body && file.syntax.end[-1] != '\n') --file.syntax.end;
    if (file.syntax.end != file.body) --file.syntax.end;
  }
  trim_end(file);
}

// " without the lines that are skipped (--skip-lines 2, --skip-footer 9)"
std::string without_skipped(const TextFormat& format) {
  std::string flags;
  if (format.skip_lines > 0) flags = "--skip-lines " + std::to_string(format.skip_lines);
  if (format.skip_footer > 0)
    flags += (flags.empty() ? "--skip-footer " : ", --skip-footer ") + std::to_string(format.skip_footer);
  return flags.empty() ? "" : " without the lines that are skipped (" + flags + ")";
}

void require_count(std::int64_t lines, const char* option) {
  if (lines < 0)
    fail(ErrorKind::usage, who, std::string(option) + " is " + std::to_string(lines) + ", expected 0 or more");
}

CsvFile open_one(const std::string& path, const TextFormat& format) {
  require_count(format.skip_lines, "skip_lines");
  require_count(format.skip_footer, "skip_footer");
  SourceText source = open_text(path, format);
  CsvFile file{.path = path, .parts = {{path, 0, 1}}};
  file.form = number_form(format, who);
  char delimiter = format.delimiter;
  if (delimiter == TextFormat::blanks) {
    source = source_of(path, blanks_to_tabs(source.bytes, format.comment));
    delimiter = '\t';
  }
  file.owner = source.owner;
  file.text = source.bytes;
  file.syntax = {file.text.data() + file.text.size(), delimiter, format.comment};
  file.body = file.text.data();
  char separator = 0;
  if (take_separator_line(file.syntax, file.body, separator) && delimiter == 0) file.syntax.delimiter = separator;
  for (std::int64_t line = 0; line < format.skip_lines && file.body != file.syntax.end; ++line)
    file.body = std::min(std::find(file.body, file.syntax.end, '\n') + 1, file.syntax.end);
  if (file.syntax.delimiter == 0) file.syntax.delimiter = is_tsv(path) ? '\t' : ',';
  check_marks(file.syntax.delimiter, format.comment);

  trim_end(file);
  skip_footer(file, format.skip_footer);
  file.body = file.syntax.past_empty_lines(file.body);
  if (file.body == file.syntax.end)
    fail(ErrorKind::data, who, path + " is empty" + without_skipped(format) + ", expected a header line and rows");
  if (format.header)
    read_header(file);
  else
    file.names = numbered_names(file);
  empty_cells(file, format.missing_marks);
  return file;
}

void check_same_columns(const CsvFile& first, const CsvFile& other) {
  const auto refuse = [&](const std::string& problem) {
    fail(ErrorKind::data, who,
         other.path + " has " + problem + " as in " + first.path +
             ": files that are read as one table have the same columns in the same order");
  };
  for (std::size_t column = 0; column < std::min(first.names.size(), other.names.size()); ++column) {
    if (first.names[column] != other.names[column])
      refuse(excerpt(other.names[column]) + " as column " + std::to_string(column + 1) + ", expected " +
             excerpt(first.names[column]));
  }
  if (first.names.size() != other.names.size())
    refuse(counted(other.names.size(), "column") + ", expected " + std::to_string(first.names.size()));
  if (first.syntax.delimiter != other.syntax.delimiter)
    refuse("cells between " + excerpt({&other.syntax.delimiter, 1}) + ", expected " +
           excerpt({&first.syntax.delimiter, 1}));
}

}  // namespace

void set_text(CsvFile& file, std::string text) {
  const std::ptrdiff_t header = file.header == nullptr ? 0 : file.header - file.text.data();
  const std::ptrdiff_t body = file.body - file.text.data();
  const SourceText source = source_of(file.path, std::move(text));
  file.owner = source.owner;
  file.text = source.bytes;
  file.syntax.end = file.text.data() + file.text.size();
  if (file.header != nullptr) file.header = file.text.data() + header;
  file.body = file.text.data() + body;
}

std::string not_utf8() {
  return "the text is not UTF-8, expected UTF-8, or its encoding by name: --encoding latin1, windows-1252 or another";
}

const CsvFile::Part& CsvFile::part_of(const char* at) const {
  const std::size_t offset = at - text.data();
  const auto behind = std::upper_bound(parts.begin(), parts.end(), offset,
                                       [](std::size_t value, const Part& part) { return value < part.begin; });
  return *std::prev(behind);
}

std::string CsvFile::place(const char* at) const {
  const Part& part = part_of(at);
  return part.path + " line " + std::to_string(part.first_line + std::count(text.data() + part.begin, at, '\n'));
}

std::string CsvFile::short_place(const char* at) const {
  return parts.size() > 1 ? place(at) : place(at).substr(path.size() + 1);
}

std::string PlacesInOrder::operator()(const char* at) {
  const CsvFile::Part& part = file_.part_of(at);
  if (&part != part_ || at < counted_) {
    part_ = &part;
    counted_ = file_.text.data() + part.begin;
    line_ = part.first_line;
  }
  line_ += std::count(counted_, at, '\n');
  counted_ = at;
  return (file_.parts.size() > 1 ? part.path + " line " : "line ") + std::to_string(line_);
}

void CsvFile::fail_line(const char* at, std::string_view what) const {
  fail(ErrorKind::data, who, place(at) + std::string(what));
}

void CsvFile::fail_cell(const char* at, std::size_t column, std::string_view what) const {
  const std::string name = names[column].empty() ? std::to_string(column + 1) : excerpt(names[column]);
  fail_line(at, ", column " + name + ": " + std::string(what));
}

bool CsvFile::repeats_header(const char* line) const {
  if (header == nullptr || names.size() == 1) return false;
  const char* end = body;
  while (end != header && (end[-1] == '\n' || end[-1] == '\r')) --end;
  const std::string_view names_line(header, static_cast<std::size_t>(end - header));
  return std::string_view(line, static_cast<std::size_t>(syntax.end - line)).starts_with(names_line) &&
         syntax.at_line_end(line + names_line.size());
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
                    ", expected the delimiter; a quote inside quotes is written twice" +
                    (cell.text.ends_with('\\') ? R"( (sed 's/\\"/""/g' FILE > table.csv))" : ""));
    }
    if (syntax.at_line_end(at)) break;
  }
  if (cells != names.size()) {
    const bool trailing = names.size() > 1 && names.back().empty();
    fail_line(record, " has " + counted(static_cast<std::int64_t>(cells), "cell") + ", expected " +
                          std::to_string(names.size()) +
                          (trailing            ? ", the last of them empty, as in the first row"
                           : header == nullptr ? " as in the first line"
                                               : " as in the header line") +
                          cell_count_hint(*this, record));
  }
  if (repeats_header(record))
    fail_line(record,
              " repeats the header line, expected rows only: take it off (awk 'NR == 1 {names = $0} NR == 1 || "
              "$0 != names' FILE > table.csv)");
}

void CsvFile::fail_record(const char* record) const {
  check_record(record);
  fail_line(record, " cannot be split into cells, expected " + std::to_string(names.size()) + " as in the header line");
}

void CsvFile::fail_duplicate(const std::string& name) const {
  if (const std::string problem = shared_names_are_cells(*this); !problem.empty()) fail_line(header, problem);
  fail_line(header, " names column " + excerpt(name) +
                        " twice, expected names that differ: rename one of the columns, or ignore them");
}

CsvFile open_csv(const std::string& path, const TextFormat& format) {
  return open_csv(std::vector<std::string>{path}, format);
}

CsvFile open_csv(const std::vector<std::string>& paths, const TextFormat& format) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    const std::vector<std::string> matching = matching_files(path, who);
    files.insert(files.end(), matching.begin(), matching.end());
  }
  if (files.empty()) fail(ErrorKind::usage, who, "no file is named, expected one or more");
  CsvFile whole = open_one(files[0], format);
  if (files.size() == 1) return whole;

  std::string text(whole.text.data(), whole.syntax.end);
  for (std::size_t i = 1; i < files.size(); ++i) {
    const CsvFile other = open_one(files[i], format);
    check_same_columns(whole, other);
    text += '\n';
    whole.parts.push_back({files[i], text.size(), 1 + std::count(other.text.data(), other.body, '\n')});
    text.append(other.body, other.syntax.end);
  }
  whole.path = listed(files, 1);
  set_text(whole, std::move(text));
  return whole;
}

}  // namespace millrace
