// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CsvFile file = open_csv("people.csv", {});
//   for (const char* at = file.body; ...)
//     if (bad) file.fail_cell(at, column, "'abc' is not a number, expected ...");
//
// An open CSV file with its header read, and every message that names a place in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/data.hpp"
#include "millrace/row_storage.hpp"
#include "table/csv/scan.hpp"
#include "table/kinds/number_form.hpp"

namespace millrace {

struct CsvFile {
  /// A piece of the text that comes from one file.
  struct Part {
    std::string path;
    std::size_t begin;        ///< of the piece, in the text
    std::int64_t first_line;  ///< the line of the file that the piece starts with, from 1
  };

  std::string path;  ///< "people.csv", or "part-1.csv and 3 more"
  std::vector<Part> parts;
  std::shared_ptr<const void> owner;  ///< of the text
  std::string_view text;              ///< UTF-8 without byte order mark; of several files the rows follow one another
  CsvSyntax syntax;
  NumberForm form;
  std::vector<std::string> names;     ///< of the columns; may be empty, and may occur twice
  const char* header = nullptr;       ///< where the header line starts; nullptr: the file has none
  const char* body = nullptr;         ///< where the first line of the rows starts
  std::optional<RowStorage> storage;  ///< where the rows are put; nothing: in memory

  /// Where the first record from this start of a line on begins, or the end. Lines of blanks and comments are none; in a
  /// file of one column, where an empty line is an empty cell, only the empty lines at the end are none.
  [[nodiscard]] const char* record_at(const char* line) const {
    if (line == syntax.end || (*line > ' ' && *line != syntax.comment)) return line;
    const char* const filled = syntax.past_empty_lines(line);
    return filled == syntax.end || names.size() > 1 ? filled : syntax.past_comments(line);
  }
  /// The part of the text that has this place.
  [[nodiscard]] const Part& part_of(const char* at) const;
  /// "people.csv line 17". Lines are counted from the start of the file, only here.
  [[nodiscard]] std::string place(const char* at) const;
  /// The same without the name of the file where there is only one.
  [[nodiscard]] std::string short_place(const char* at) const;
  /// Throws Error{data}: "[csv] people.csv line 17, column 'age': <what>".
  [[noreturn]] void fail_cell(const char* at, std::size_t column, std::string_view what) const;
  /// Throws Error{data}: "[csv] people.csv line 17<what>".
  [[noreturn]] void fail_line(const char* at, std::string_view what) const;
  /// Whether the line that starts here has the bytes of the header line. In a file of one column it may be a cell.
  [[nodiscard]] bool repeats_header(const char* line) const;
  /// Looks for what is wrong with a whole record: a flawed quote, the number of cells, or that it repeats the header line.
  /// A cell that cannot be used is often a symptom of that, so this is asked first. Returns where the record is sound.
  void check_record(const char* record) const;
  /// Throws Error{data}: the column is needed, and other columns have its name.
  [[noreturn]] void fail_duplicate(const std::string& name) const;
  /// For a record that is known not to be sound.
  [[noreturn]] void fail_record(const char* record) const;
};

/// CsvFile::short_place() of many places. Lines are counted from the place before, so it is quick for places in the order of
/// the file, such as those of a column whose cells cannot be read.
class PlacesInOrder {
 public:
  explicit PlacesInOrder(const CsvFile& file) : file_(file) {}
  [[nodiscard]] std::string operator()(const char* at);

 private:
  const CsvFile& file_;
  const CsvFile::Part* part_ = nullptr;  // of the place before
  const char* counted_ = nullptr;        // the place before
  std::int64_t line_ = 0;                // of that place
};

/// Calls use(row, i, cell) for each cell of column columns[i], which are in the order of the file: once more over all of the
/// text, on this thread, for what is rarely needed; rows: only the first so many. Of a record with another number of cells
/// those that it has.
template <class Use>
void for_each_cell_by_row(const CsvFile& file, const std::vector<std::int64_t>& columns, const Use& use,
                          std::int64_t rows = -1) {
  const char* at = file.record_at(file.body);
  for (std::int64_t row = 0; at != file.syntax.end && row != rows; ++row, at = file.record_at(at)) {
    std::int64_t next = 0;
    for (std::int64_t column = 0;; ++column, ++at) {
      const CsvCell cell = scan_cell(file.syntax, at);
      if (next < std::ssize(columns) && columns[next] == column) use(row, next++, cell);
      if (file.syntax.at_line_end(at)) break;
    }
    at = file.syntax.past_line_end(at);
  }
}

/// The same with use(i, text). Doubled quotes stay doubled.
template <class Use>
void for_each_cell(const CsvFile& file, const std::vector<std::int64_t>& columns, const Use& use,
                   std::int64_t rows = -1) {
  for_each_cell_by_row(
      file, columns, [&](std::int64_t, std::int64_t i, const CsvCell& cell) { use(i, cell.text); }, rows);
}

/// Gives the file another text, which begins with the same bytes up to the body.
void set_text(CsvFile& file, std::string text);

/// What is said of text that is no UTF-8; it is not shown, for messages are UTF-8.
[[nodiscard]] std::string not_utf8();

/// Opens a file, or all that a pattern stands for, as one text, and reads the header line. Without a header line the
/// columns are called 1, 2, 3 and so on.
/// Throws Error{data} for a file that is missing, a directory, empty or damaged, for a header line that is not UTF-8 or
/// looks like a row of numbers, and for files whose columns differ; Error{usage} for a format that cannot be.
[[nodiscard]] CsvFile open_csv(const std::string& path, const TextFormat& format);
[[nodiscard]] CsvFile open_csv(const std::vector<std::string>& paths, const TextFormat& format);

}  // namespace millrace
