// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Table table = read_table("people.csv", {.target = "income"});
//   for (const TableColumn& column : table.columns)
//     std::cout << column.name << ": " << kind_name(column.kind) << ", " << column.missing << " missing\n";
//
// A Table has columns of several kinds. It holds what a file says: nothing is filled in, scaled or encoded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "millrace/data.hpp"
#include "millrace/row_storage.hpp"

namespace millrace {

struct UnreadCell;

enum class ColumnKind : std::uint8_t {
  number,    ///< finite fp32 numbers
  category,  ///< texts; the distinct ones are its levels
  boolean,   ///< one of two words, such as yes and no; if the kind is asked for, also 1 and 0
  date,      ///< a date, or a date with a time
  label,     ///< the target, if it holds classes
  ignored    ///< not read
};

/// "number", "category", "boolean", "date", "label", "ignore": the words of a schema.
[[nodiscard]] std::string_view kind_name(ColumnKind kind);

struct TableColumn {
  std::string name;
  ColumnKind kind = ColumnKind::ignored;
  std::int64_t place = 0;    ///< a date's index in Table::dates, else the column of Table::values; ignored: unused
  std::int64_t missing = 0;  ///< cells without a value
  std::vector<std::string> levels;  ///< of a category or a label, in byte order; of a boolean: the words for 0 and 1
  std::optional<DateOrder> date_order{};  ///< in which dates such as 5/6/2024 were read; none: no date depends on it
  bool order_is_guess = false;         ///< whether all dates fit both orders, none was asked for, and the month first
                                       ///< was taken; an obstacle says so
  std::vector<std::string> obstacles;  ///< what stands in the way of its use; each says what to do
  std::string close{};                 ///< if fp32 cannot tell the numbers apart: says so, and what to do; else empty
  std::int64_t exact = -1;  ///< of a target with numbers that fp32 may round: where Table::dates has them in double;
                            ///< -1: nowhere
  std::map<std::string, std::int64_t>
      marks{};  ///< of a target: how many cells say NA, None or the like, and are missing
};

/// Copies share the memory of `values`.
struct Table {
  std::vector<TableColumn> columns;  ///< in the order of the file
  Matrix values;  ///< [rows x columns of numbers, categories, booleans and the label]: the number, the
                  ///< index of the level, 0 or 1; NaN where missing
  std::vector<std::vector<double>> dates;  ///< for each date column, seconds since 1970-01-01 UTC by row, NaN where
                                           ///< missing; also the numbers of a target, see TableColumn::exact
  std::string source;                      ///< the name of the file
  std::int64_t rows = 0;

  /// Throws Error{usage} if the table has no such column.
  [[nodiscard]] const TableColumn& column(std::string_view name) const;
};

/// A cell as a program has it: missing, a number (of a date: seconds since 1970-01-01 UTC), or a text.
using Cell = std::variant<std::monostate, double, std::string_view>;

struct TableOptions {
  std::string target{};                            ///< name of the target column; empty: none
  std::vector<std::string> ignore{};               ///< names of columns to skip; their cells may hold anything
  std::map<std::string, ColumnKind> kinds{};       ///< kinds of columns by name, instead of the inferred ones
  std::map<std::string, DateOrder> date_orders{};  ///< of dates by column, where format.date_order says nothing
  std::map<std::string, bool>
      times{};  ///< of columns with the kind date in `kinds`: whether their texts are times of a day
                ///< (17:30) or have a day; none: what most of them are
  std::map<std::string, std::vector<std::string>> classes{};  ///< by column: texts that are classes or levels there,
                                                              ///< though they usually stand for a missing value: "None"
  TextFormat format{};                                        ///< how the file is written
  int threads = 0;                      ///< threads to read with; 0: one per processor. The result is always the same
  std::optional<RowStorage> storage{};  ///< where the rows are put; none: in memory
  std::vector<UnreadCell>* unread = nullptr;  ///< takes what cannot be read, see unread_cells.hpp; null: it is an error
};

/// Reads a CSV file with a header line as read_csv does, and infers the kind of each column from all of its cells:
/// number if all are finite numbers, boolean if all are one of true/false, yes/no, on/off, t/f or y/n (in any case), date
/// if all are dates (2024-05-31, 5/31/2024, 31.5.2024, 31 May 2024, with a time or without: 2024-05-31 17:30:00Z) or all
/// are times (17:30), else category. A month (2024-05) is its first day. Cells that are missing do not count: empty
/// ones, the texts of TextFormat::missing_marks, and these where no quotes are around them: NA, N/A, n/a, #N/A, #N/A
/// N/A, #NA, <NA>, NaN, nan, -nan, -NaN, NaT, NULL, null, (null), \N, None, NONE, ?, -, --, a lone point, and the
/// errors of spreadsheets: #DIV/0!, #VALUE!, #REF!, #NUM!, #NAME?, #NULL!. They are texts if missing_marks begins with
/// "only", in a column where TableOptions::classes has them, and in a target of nothing but + and -.
/// A target of texts or booleans is a label. A target of whole numbers is a label if they are 0 and 1, or if there are 2
/// to 20 distinct ones, each in 10 rows or more. Classes are told apart up to 2^53, although fp32 can do so only up to 2^24.
/// Columns without a name are ignored, and so are columns of the same name.
/// Throws Error{data} for a record that cannot be split into the cells of the header, and for a cell that is not of the
/// kind that options.kinds asks for; Error{usage} for an unknown column. Everything else that stands in the way is an
/// obstacle of its column.
[[nodiscard]] Table read_table(const std::string& path, const TableOptions& options = {});
/// The rows of all these files, or patterns of files, in this order, as one table.
[[nodiscard]] Table read_table(const std::vector<std::string>& paths, const TableOptions& options = {});

/// What a person wants to know of a column before training on it.
struct ColumnReport {
  std::string name;
  ColumnKind kind = ColumnKind::ignored;
  std::int64_t missing = 0;
  std::int64_t distinct = 0;          ///< values that differ, the missing one not counted
  double least = 0, most = 0;         ///< of a number, or of a date in seconds since 1970; 0 if all are missing
  std::vector<std::string> examples;  ///< of a category, a label or a boolean: the most frequent levels, at most five
  std::vector<std::string>
      obstacles;  ///< those of TableColumn, and also: all rows have the same value, or only one row
                  ///< has some class
};

/// One report per column, in the order of the table. Takes time and memory for a sorted copy of each column.
[[nodiscard]] std::vector<ColumnReport> describe(const Table& table);

}  // namespace millrace
