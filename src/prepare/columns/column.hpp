// SPDX-License-Identifier: Apache-2.0
//
// One column of a table as fitted on training rows: how its cells become prepared numbers. A cell first becomes a value,
// a double: a number, seconds since 1970, 0 or 1, or the slot of a level; NaN where it is missing. The value then becomes
// the prepared columns.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/prepare.hpp"
#include "millrace/table.hpp"
#include "ops/graph_node.hpp"
#include "prepare/column_values.hpp"

namespace millrace {

/// A fitted column as plain data, for files.
struct ColumnRecord {
  std::string name;
  ColumnKind kind = ColumnKind::number;
  std::map<std::string, std::string> words;               ///< choices by name
  std::map<std::string, std::vector<double>> numbers;     ///< fitted numbers by name
  std::map<std::string, std::vector<std::string>> texts;  ///< fitted texts by name
};

class PreparedColumn {
 public:
  virtual ~PreparedColumn() = default;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] virtual ColumnKind kind() const = 0;
  /// Names of the prepared columns, at least one.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;
  [[nodiscard]] std::int64_t width() const { return std::ssize(names()); }
  /// Slots of a column that an Embedding layer reads: its only prepared column holds their index. 0: no such column.
  [[nodiscard]] virtual std::int64_t slots() const { return 0; }
  /// Length of that layer's vectors.
  [[nodiscard]] virtual std::int64_t dimension() const { return 0; }
  /// Of a category: the levels seen in training.
  [[nodiscard]] virtual std::vector<std::string> levels() const { return {}; }
  /// Of dates: the order of month and day in their texts; none: no date of training depends on it.
  [[nodiscard]] virtual std::optional<DateOrder> date_order() const { return std::nullopt; }
  /// Of dates: whether they are times of a day, without a day; none: an earlier version did not say.
  [[nodiscard]] virtual std::optional<bool> times() const { return std::nullopt; }
  /// The value that stands for a category never seen in training; NaN if the column has none.
  [[nodiscard]] virtual double unseen() const { return std::numeric_limits<double>::quiet_NaN(); }

  /// The value of a cell, as the file has it, without blanks around it and not missing. Nothing: it cannot be read.
  [[nodiscard]] virtual std::optional<double> value(std::string_view text) const = 0;
  /// The value of a cell that is a number. Nothing: the column has no numbers.
  [[nodiscard]] virtual std::optional<double> value(double number) const = 0;
  /// Writes the prepared columns of a value, in fp32.
  virtual void prepare(double value, float* out) const = 0;
  /// The same in double, from the formulas.
  virtual void reference(double value, double* out) const = 0;

  /// Adds the input of this column to the graph, and nodes that prepare it. Returns the name of the prepared value,
  /// [batch x width] in float.
  virtual std::string to_onnx(PlainGraph& graph) const = 0;
  [[nodiscard]] virtual ColumnRecord record() const = 0;
  /// Of numbers and dates: one as in training, for a draw from a standard normal distribution.
  [[nodiscard]] virtual double number_like(double draw) const { return draw; }

 protected:
  explicit PreparedColumn(std::string name) : name_(std::move(name)) {}
  /// Begins the names of the nodes and constants of this column.
  [[nodiscard]] std::string prefix() const;

 private:
  std::string name_;
};

/// The column of a table that `fit` prepares: values of all rows, and which rows are for training.
struct TrainingColumn {
  const Table* table;
  const TableColumn* column;
  std::span<const std::int64_t> rows;  ///< training rows
};

/// Fits a column of its kind. Throws Error: usage (options), data (a missing value where options.missing is "refuse").
[[nodiscard]] std::unique_ptr<PreparedColumn> fit_column(const TrainingColumn& column, const ColumnOptions& options);
/// The column of a file. Throws Error{usage} if the record makes no sense.
[[nodiscard]] std::unique_ptr<PreparedColumn> restore_column(const ColumnRecord& record);

// One row a kind of column, each defined in its file.
struct ColumnRow {
  ColumnKind kind;
  std::unique_ptr<PreparedColumn> (*fit)(const TrainingColumn& column, const ColumnOptions& options);
  std::unique_ptr<PreparedColumn> (*restore)(const ColumnRecord& record);
};
[[nodiscard]] std::span<const ColumnRow> column_table();

/// The values of the training rows, without the missing ones.
[[nodiscard]] ColumnValues training_values(const TrainingColumn& column);
/// What stands for a missing value, by the word of ColumnOptions::missing. Throws Error: usage, data.
[[nodiscard]] double fill_value(const std::string& column, const std::string& missing, const ColumnValues& values);

namespace detail {
/// Numbers and texts of a record. Throws Error{usage} if they are not there, or `count` is not 0 and differs.
[[nodiscard]] const std::vector<double>& numbers_of(const ColumnRecord& record, const char* name,
                                                    std::size_t count = 0);
/// The same for whole numbers of 0 to 2^53. Throws Error{usage} for others.
[[nodiscard]] std::vector<std::int64_t> counts_of(const ColumnRecord& record, const char* name, std::size_t count = 0);
[[nodiscard]] const std::vector<std::string>& texts_of(const ColumnRecord& record, const char* name);
[[nodiscard]] const std::string& word_of(const ColumnRecord& record, const char* name);
}  // namespace detail

}  // namespace millrace
