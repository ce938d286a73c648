// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Dataset table = read_csv("people.csv", {.target = {"income"}});
//   Split parts = split_last(table, 0.2);                 // parts.train, parts.validation
//   Dataset arrays = Dataset::view(x, 1000, 400, y, 1);   // the caller's memory, not copied
//
// A Dataset is a table in memory: features [rows x columns] and targets [rows x outputs], fp32, row-major.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// A read-only fp32 matrix; row r starts at data + r * stride. Owns nothing.
struct MatrixView {
  const float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;  ///< floats from one row to the next, at least `columns`

  [[nodiscard]] const float* row(std::int64_t r) const { return data + r * stride; }
};

/// A dense fp32 matrix that owns its memory (64-byte aligned, stride == columns).
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::int64_t rows, std::int64_t columns);  ///< zero-filled
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t columns() const { return columns_; }
  [[nodiscard]] float* row(std::int64_t r) { return data_.get() + r * columns_; }
  [[nodiscard]] const float* row(std::int64_t r) const { return data_.get() + r * columns_; }
  [[nodiscard]] MatrixView view() const { return {data_.get(), rows_, columns_, columns_}; }
  [[nodiscard]] std::shared_ptr<const void> owner() const { return data_; }

 private:
  std::shared_ptr<float[]> data_;  ///< shared by copies
  std::int64_t rows_ = 0, columns_ = 0;
};

/// A table ready for training. Copies are cheap: they share the rows. Rows may be a selection of the table
/// underneath, as a split leaves them; nothing is copied for that either.
struct Dataset {
  MatrixView features;         ///< [table rows x feature columns], as read: not scaled
  MatrixView targets;          ///< [table rows x outputs]; a class is its index; rows == 0 when there is no target
  std::vector<float> weights;  ///< one a table row, or empty: every row weighs 1
  std::vector<std::int64_t> selection;     ///< the table rows that belong to this set, in order; empty: all of them
  std::vector<std::string> feature_names;  ///< one a feature column; empty for arrays without names
  std::vector<std::string> target_names;   ///< one an output column
  std::vector<std::string> classes;        ///< names of the classes where the one target is a label, in index order
  std::string source;                      ///< where it came from, for messages: a file name or "array"
  std::vector<std::shared_ptr<const void>> owners;  ///< what keeps the memory alive; empty for the caller's own arrays

  [[nodiscard]] std::int64_t rows() const {
    return selection.empty() ? features.rows : static_cast<std::int64_t>(selection.size());
  }
  [[nodiscard]] std::int64_t table_row(std::int64_t r) const { return selection.empty() ? r : selection[r]; }

  /// Wraps the caller's arrays without a copy: x [rows x columns], y [rows x outputs], or null for 0 outputs. Both must
  /// outlive the set. Throws Error{usage} for an empty shape and a missing array.
  [[nodiscard]] static Dataset view(const float* x, std::int64_t rows, std::int64_t columns, const float* y,
                                    std::int64_t outputs);
};

struct CsvOptions {
  std::vector<std::string> target{};    ///< names of the target columns; empty: the file has features only
  std::vector<std::string> features{};  ///< names of the feature columns, in this order; empty: all but the target
  std::vector<std::string> classes{};   ///< known classes of the label, in index order, met as text or as an equal
                                        ///< number ("1" takes 1.0); empty: found in the file
  std::vector<std::string> ignore{};    ///< names of columns that are not read, whatever they hold
  std::string weight{};                 ///< name of a column of row weights; empty: none
  char delimiter = 0;                   ///< 0: tab for *.tsv, else comma
  bool target_required = true;          ///< false: where a target column is missing there is no target (predict)
  bool expect_numbers = false;          ///< a lone target that is numbers for the most part is refused where it is none
  bool check_precision = true;          ///< refuses a column whose values differ by less than fp32 can tell apart;
                                        ///< false: for a few rows of a table (predict)
};

/// Reads a CSV file with a header line (RFC 4180: quotes, doubled quotes, CRLF or LF), UTF-8. Blanks around a cell do
/// not count, nor do lines of blanks; in a file of one column those only at its end.
/// Feature columns must be finite numbers, row weights also not negative. One target column may be text: its classes
/// are options.classes, or else the distinct texts in byte order. A target of nothing but numbers stays numbers, and
/// `classes` is empty, unless options.classes are given. Text is rounded to fp32 once.
/// Throws Error{data} naming file, line and column for a bad cell, a name or label that is not UTF-8; Error{usage} for
/// an unknown column; Error{data} too where the values of a feature or of a target of numbers lie within 2^-20 of their
/// size: seconds since 1970, say.
[[nodiscard]] Dataset read_csv(const std::string& path, const CsvOptions& options = {});

/// Reads a two-dimensional (or one-dimensional: one column) NumPy .npy array of float32, float64, integers or bool.
/// Little-endian float32 in C order is mapped, anything else converted. Throws Error{data}, also for NaN and infinity.
[[nodiscard]] Dataset read_npy(const std::string& features, const std::string& targets = "");

struct Split {
  Dataset train, validation;
};

/// The last `fraction` of the rows is the validation set, cut before any shuffling at floor(rows * (1 - fraction)),
/// as Keras's validation_split does. fraction in [0, 1): 0 gives a validation set without rows. Throws Error{usage}
/// where another fraction would leave a part empty.
[[nodiscard]] Split split_last(const Dataset& data, double fraction);

/// Draws round(rows * fraction) validation rows at random, at least one; both parts keep the order of the table. The
/// share of every class (distinct target row) is kept up to rounding, unless there are more than max(20, rows / 10):
/// then the targets are measurements, and rows are drawn regardless of them. The same seed gives the same split.
/// Fraction 0 and empty parts as in split_last.
[[nodiscard]] Split split_stratified(const Dataset& data, double fraction, std::uint64_t seed);

}  // namespace millrace
