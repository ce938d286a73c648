// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CsvFile file = open_csv("people.csv", 0);
//   for (const char* at = file.body; ...)
//     if (bad) file.fail_cell(at, column, "'abc' is not a number, expected ...");
//
// An open CSV file with its header read, and every message that names a place in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.hpp"
#include "table/csv/scan.hpp"

namespace millrace {

struct CsvFile {
  std::string path;
  MappedFile mapping;
  std::string_view text;  ///< without byte order mark
  CsvSyntax syntax;
  std::vector<std::string> names;  ///< of the columns; may be empty, and may occur twice
  const char* header = nullptr;    ///< where the header line starts; nullptr: the file has none
  const char* body = nullptr;      ///< where the first line of the rows starts

  /// Where the first record from this start of a line on begins, or the end. Lines of blanks are none; in a file of one
  /// column, where an empty line is an empty cell, only those at the end.
  [[nodiscard]] const char* record_at(const char* line) const {
    if (line == syntax.end || *line > ' ') return line;
    const char* const filled = syntax.past_blank_lines(line);
    return filled == syntax.end || names.size() > 1 ? filled : line;
  }
  /// Throws Error{data}: "[csv] people.csv line 17, column 'age': <what>". Lines are counted from `at`, only here.
  [[noreturn]] void fail_cell(const char* at, std::size_t column, std::string_view what) const;
  /// Throws Error{data}: "[csv] people.csv line 17<what>".
  [[noreturn]] void fail_line(const char* at, std::string_view what) const;
  /// Looks for what is wrong with the shape of a whole record: a flawed quote or the number of cells. A cell that
  /// cannot be used is often a symptom of that, so this is asked first. Returns where the record is sound.
  void check_record(const char* record) const;
  /// Throws Error{data}: the column is needed, and other columns have its name.
  [[noreturn]] void fail_duplicate(const std::string& name) const;
  /// For a record that is known not to be sound.
  [[noreturn]] void fail_record(const char* record) const;
};

/// What is said of text that is no UTF-8; it is not shown, for messages are UTF-8.
[[nodiscard]] std::string not_utf8();

/// Opens the file and reads the header line. delimiter 0: the one that a first line "sep=;" names, as Excel writes it,
/// else tab for *.tsv, else comma. Without a header line the columns are called 1, 2, 3 and so on.
/// Throws Error{data} for a file that is missing, a directory, empty or UTF-16, and for a header line that is not UTF-8 or
/// holds numbers that are not whole; Error{usage} for a delimiter that cannot be one.
[[nodiscard]] CsvFile open_csv(const std::string& path, char delimiter, bool has_header = true);

}  // namespace millrace
