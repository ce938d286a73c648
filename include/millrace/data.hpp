// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Dataset table = read_csv("people.csv", {.target = {"income"}});
//   Dataset arrays = Dataset::view(x, 400, y);            // vectors or spans of float: 400 columns, 1 target column
//
// A Dataset is a table of numbers in memory: features [rows x columns] and targets [rows x outputs], fp32, row-major.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

/// A read-only fp32 matrix in memory that somebody else owns. Row r starts at data + r * stride.
struct MatrixView {
  const float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;  ///< floats from one row to the next, at least `columns`

  [[nodiscard]] const float* row(std::int64_t r) const { return data + r * stride; }
};

/// A dense fp32 matrix that owns its memory (64-byte aligned, stride == columns). Copies share that memory.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::int64_t rows, std::int64_t columns);  ///< zero-filled
  /// A matrix in memory that holds rows * columns numbers already.
  Matrix(std::shared_ptr<float[]> memory, std::int64_t rows, std::int64_t columns)
      : data_(std::move(memory)), rows_(rows), columns_(columns) {}
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t columns() const { return columns_; }
  [[nodiscard]] float* row(std::int64_t r) { return data_.get() + r * columns_; }
  [[nodiscard]] const float* row(std::int64_t r) const { return data_.get() + r * columns_; }
  [[nodiscard]] MatrixView view() const { return {data_.get(), rows_, columns_, columns_}; }
  /// All numbers, row after row.
  [[nodiscard]] std::span<const float> values() const {
    return {data_.get(), static_cast<std::size_t>(rows_ * columns_)};
  }
  [[nodiscard]] std::shared_ptr<const void> owner() const { return data_; }

 private:
  std::shared_ptr<float[]> data_;
  std::int64_t rows_ = 0, columns_ = 0;
};

/// Features, targets and row weights. A Dataset is a view of a table: it may select some of the table's rows, and copies
/// of it share the table.
struct Dataset {
  MatrixView features;                              ///< [table rows x feature columns], not scaled
  MatrixView targets;                               ///< [table rows x outputs]; a class is its index; 0 rows: no target
  std::vector<float> weights;                       ///< one per table row; empty: every row weighs 1
  std::vector<std::int64_t> selection;              ///< the table rows of this set, in order; empty: all rows
  std::vector<std::string> feature_names;           ///< one per feature column; empty for arrays without names
  std::vector<std::string> target_names;            ///< one per target column
  std::vector<std::string> classes;                 ///< class names in index order, if the one target is a class label
  std::string source;                               ///< a file name, or "array"; messages show it
  std::vector<std::shared_ptr<const void>> owners;  ///< keep the table's memory alive; empty for the caller's arrays
  /// For an ensemble(), by table row: the member, from 0, that does not learn from the row. Where the rows are evaluated or
  /// predicted, this member alone judges the row. Empty: each member learns from all rows, and their mean judges.
  std::vector<std::uint8_t> folds{};

  [[nodiscard]] std::int64_t rows() const {
    return selection.empty() ? features.rows : static_cast<std::int64_t>(selection.size());
  }
  [[nodiscard]] std::int64_t table_row(std::int64_t r) const { return selection.empty() ? r : selection[r]; }

  /// A set of the caller's arrays, which are not copied and must outlive it. x holds rows of `columns` features, one row
  /// after the other; y holds as many rows of `outputs` targets, or is empty: no targets.
  /// Throws Error{usage} if x is empty or not whole rows, or if y has another number of rows.
  [[nodiscard]] static Dataset view(std::span<const float> x, std::int64_t columns, std::span<const float> y = {},
                                    std::int64_t outputs = 1);
};

/// The order of month and day in dates such as 5/6/2024. In dates that begin with the year, such as 2024/6/5, the month
/// always comes first.
enum class DateOrder : std::uint8_t { month_first, day_first };
/// How a text file writes a table.
struct TextFormat {
  static constexpr char blanks = '\1';  ///< as the delimiter: any number of blanks and tabs; a line may start with some

  char delimiter = 0;      ///< 0: as a first line "sep=;" says, else tab for *.tsv, else comma
  bool header = true;      ///< false: the file has no header line, and its columns are called 1, 2, 3 ...
  char comment = 0;        ///< lines that start with this character are skipped, and so are blanks ahead of it; 0: none
  std::string encoding{};  ///< "latin1", "utf-16", "windows-1252" or another that iconv knows; empty: UTF-8, or what
                           ///< a byte order mark says
  char decimal = '.';      ///< the decimal point of numbers: '.' or ','
  char thousands = 0;      ///< the mark between groups of three digits; 0: none
  bool percent = false;    ///< read "12.5%" as 0.125
  bool currency = false;   ///< read over $, €, USD and the like before or after a number
  std::int64_t skip_lines = 0;               ///< lines ahead of the header line that are not part of the table
  std::int64_t skip_footer = 0;              ///< lines at the end that are not part of the table
  std::vector<std::string> missing_marks{};  ///< cells that stand for no value, besides empty ones, NA and others
                                             ///< (read_table): "unknown", "-999", which is -999.0 too. After "only" as
                                             ///< the first, NA and others are texts
  std::optional<DateOrder> date_order{};     ///< of all dates; none: each column has the order that fits all of its
                                             ///< dates, month_first if both do
};

struct CsvOptions {
  std::vector<std::string> target{};    ///< names of the target columns; empty: the file has only features
  std::vector<std::string> features{};  ///< names of the feature columns, in this order; empty: all other columns
  std::vector<std::string> classes{};   ///< the classes of the label in index order; empty: taken from the file. A cell
                                        ///< matches by text, or as an equal number: "1" matches 1.0
  std::vector<std::string> ignore{};    ///< names of columns to skip; their cells may hold anything
  std::string weight{};                 ///< name of the column of row weights; empty: none
  TextFormat format{};                  ///< how the file is written
  bool target_required = true;          ///< false: if a target column is missing, read the features only
  bool skip_missing_targets = false;    ///< leave out rows whose target is missing, in place of an error
  bool expect_numbers = false;          ///< if the single target column is mostly numeric, reject its other cells
  bool check_precision = true;          ///< reject a column whose values fp32 cannot tell apart
  int threads = 0;                      ///< threads to read with; 0: one per processor. The result is always the same
};

/// Reads a CSV file (RFC 4180: quotes, doubled quotes, CRLF or LF), which may be compressed with gzip or zstd. Blanks
/// around a cell are dropped, and blank lines are skipped; in a file of one column an empty line is an empty cell, except
/// at the end. Columns without a name are not read: row numbers as pandas writes them. A delimiter at the end of every
/// row is read over, whether the header line has one or not.
/// The path may be a pattern of several files, "part-*.csv", which are read in the order of their names, as one table.
/// All must have the same columns in the same order.
/// Feature columns must hold finite numbers, and row weights must not be negative. Text is rounded to fp32 once.
/// A single target column may hold text. Its classes are options.classes, or else the distinct texts in byte order. If
/// it holds only numbers and options.classes is empty, the targets are those numbers and `classes` is empty.
/// Throws Error{data} with file, line and column for a cell it cannot use, and for a feature or numeric target whose
/// values differ by less than 2^-20 of their size (seconds since 1970, say); Error{usage} for an unknown column.
[[nodiscard]] Dataset read_csv(const std::string& path, const CsvOptions& options = {});
/// The rows of all these files, or patterns of files, in this order, as one table.
[[nodiscard]] Dataset read_csv(const std::vector<std::string>& paths, const CsvOptions& options = {});

/// Where the numbers of an array file are kept. `mapped`: a little-endian float32 array in C order stays in the file,
/// which nobody may change as long as the data are in use (a file that shrinks raises SIGBUS); any other array is
/// converted, and so copied.
enum class ArrayMemory { copied, mapped };

/// Reads a NumPy .npy array of float32, float64, integers or bool, with two dimensions, or one (a single column).
/// Throws Error{data}, also for NaN and infinity.
[[nodiscard]] Dataset read_npy(const std::string& features, const std::string& targets = "",
                               ArrayMemory memory = ArrayMemory::copied);

}  // namespace millrace
