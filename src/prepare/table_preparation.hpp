// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const TablePreparation preparation = TablePreparation::fit(table, parts.train, options);
//   const Dataset data = preparation.apply(table);
//
// The preparation of a table: which columns are features and how each becomes prepared numbers. Numbers, booleans, dates
// and one-hot columns come first, in the order of the table; indices for Embedding layers come last.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "millrace/data.hpp"
#include "millrace/prepare.hpp"
#include "millrace/table.hpp"
#include "prepare/columns/column.hpp"

namespace millrace {

/// Columns that are no features, and what is fitted besides columns.
struct TableRoles {
  std::vector<std::string> target{};
  std::vector<std::string> classes{};  ///< names in index order, if the one target is a class label
  std::string weight{};
  double hidden_categories = 0;
  std::vector<std::vector<std::string>> target_classes{};  ///< instead of `classes`, by column of several targets

  /// The classes of target column number `column`; empty: it is numbers.
  [[nodiscard]] std::vector<std::string> classes_of(std::int64_t column) const;
};

/// The options of the column of this name.
[[nodiscard]] const ColumnOptions& options_of(const PrepareOptions& options, const std::string& name);

class TablePreparation {
 public:
  TablePreparation() = default;
  /// Fits on the rows `training` of the table; empty: all rows. Leaves out columns that are ignored, that have one value
  /// in all training rows, or another one in nearly each; notes() names them. Throws Error: usage (unknown columns,
  /// options), data (no feature column remains; a value is missing that must not).
  /// earlier: the preparation that a run goes on with, or null. If columns of it are left out, notes() says that the
  /// network keeps their inputs, and no other feature needs to remain.
  [[nodiscard]] static TablePreparation fit(const Table& table, std::span<const std::int64_t> training,
                                            const PrepareOptions& options, const TablePreparation* earlier = nullptr);
  /// From the columns of a file, in their order.
  TablePreparation(std::vector<std::unique_ptr<PreparedColumn>> columns, TableRoles roles);

  /// The prepared features of all rows. Columns are found by name; the table may have others. Throws Error{usage} for a
  /// missing column, or one of another kind.
  [[nodiscard]] Dataset features(const Table& table, int threads = 0) const;
  /// The same with targets and weights: of the columns that `roles` names, else of those of the training if the table has
  /// them. known: the targets of a model that was trained on them beside its table, which the preparation does not know.
  /// Throws also Error{usage} for a column of `roles` that the table does not have, Error{data} for an unknown class.
  [[nodiscard]] Dataset apply(const Table& table, int threads = 0, const ColumnRoles& roles = {},
                              const TableRoles& known = {}) const;

  [[nodiscard]] std::int64_t width() const { return width_; }
  [[nodiscard]] std::int64_t numbers() const { return numbers_; }  ///< prepared columns ahead of those of indices
  [[nodiscard]] const std::vector<std::shared_ptr<const PreparedColumn>>& columns() const { return columns_; }
  /// The columns of the table that these prepare, in the order of columns(). Throws as Table::column().
  [[nodiscard]] std::vector<const TableColumn*> features_of(const Table& table) const;
  /// Place of the first prepared column of column number `column`; the others follow.
  [[nodiscard]] std::int64_t place(std::int64_t column) const { return places_[column]; }
  [[nodiscard]] std::vector<std::string> names() const;  ///< of the prepared columns
  [[nodiscard]] const std::vector<ColumnNote>& notes() const { return notes_; }
  [[nodiscard]] const TableRoles& roles() const { return roles_; }

 private:
  void place_columns();
  void prepare_features(const Table& table, int threads, Matrix& features) const;
  [[nodiscard]] const TableRoles& target_roles(const TableRoles& known) const;
  void prepare_weights(const Table& table, const std::string& weight, Dataset& data) const;

  std::vector<std::shared_ptr<const PreparedColumn>> columns_;
  std::vector<std::int64_t> places_;
  std::int64_t width_ = 0, numbers_ = 0;
  TableRoles roles_;
  std::vector<ColumnNote> notes_;
};

}  // namespace millrace
