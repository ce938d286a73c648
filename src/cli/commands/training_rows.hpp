// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   TrainingRows rows(config, start, files, cluster);
//   const TrainingShape shape = rows.shape();           // from which layers and a loss may follow
//   rows.settle_target();                               // when layers and loss are chosen
//   Dataset data = rows.prepare(model, nullptr);        // which is built then, and must be compiled
//   const Split parts = rows.split(std::move(data), model);
//
// The rows of millrace train, from a file to what a fit takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/data_file.hpp"
#include "cli/settings/config.hpp"
#include "millrace/cluster.hpp"
#include "millrace/model.hpp"
#include "millrace/row_storage.hpp"
#include "millrace/table.hpp"
#include "millrace/table_target.hpp"

namespace millrace::cli {

class TrainingRows {
 public:
  /// Reads the file. Columns and classes that the configuration leaves open are those of `start` if there is one: its
  /// weights belong to its columns. `files`, those of the configuration, must be unchanged when the cache is written.
  /// cluster: null for one process; all its ranks call this at once.
  /// Throws Error: usage, data, with all columns that stand in the way at once.
  TrainingRows(const TrainConfig& config, const Model* start, const InputFiles& files, Cluster* cluster);

  /// What layers and loss may depend on.
  [[nodiscard]] TrainingShape shape() const;
  /// Makes the target classes or numbers, as the loss of the configuration takes it.
  void settle_target();
  /// The same for each of several outputs; one without a loss gets the loss that follows from its target. Throws
  /// Error: usage (a loss that does not take the target's columns), data.
  void settle_outputs(std::vector<OutputSetting>& outputs);
  /// Names of classes by target column of several outputs; empty: no column has names.
  [[nodiscard]] std::vector<std::vector<std::string>> target_classes() const;
  /// Decides which rows train, fits the model's preparation on them, builds the model and prepares all rows. With the
  /// model of an earlier run (null: none) that prepares the same table, the rows are prepared with its means and scales.
  [[nodiscard]] Dataset prepare(Model& model, const Model* earlier);
  /// Training and validation rows, with targets as the compiled model takes them.
  [[nodiscard]] Split split(Dataset data, const Model& model);

  /// The raw rows: row r of a part of the split is row part.table_row(r) of its table. Null: of files of numbers in
  /// columns without names. Validation rows of another file have theirs only for a report.
  [[nodiscard]] const Table* training_table() const { return table_ ? &*table_ : nullptr; }
  [[nodiscard]] const Table* validation_table() const {
    if (config_.validation_file.empty()) return training_table();
    return held_table_ ? &*held_table_ : nullptr;
  }
  /// What a user should know of the file, such as columns and rows that are left out.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  [[nodiscard]] TargetOptions target() const;
  void settle_output(OutputSetting& output);
  [[nodiscard]] bool is_matrix() const;
  template <class Cut>
  [[nodiscard]] auto cut_rows(const Cut& cut) const;
  [[nodiscard]] RowSplit split_rows() const;
  /// Empty: the members of the model, if it is an ensemble, learn from all training rows.
  [[nodiscard]] std::vector<std::uint8_t> folds(const Model& model) const;
  [[nodiscard]] Dataset prepare_table(Model& model, const Model* earlier);
  [[nodiscard]] Table read_held_table(const Model& model);
  [[nodiscard]] Dataset read_validation(const Model& model, const std::vector<std::string>& classes);

  const TrainConfig& config_;
  const Model* start_;
  std::vector<std::string> target_, features_;
  std::optional<RowStorage> storage_;  // nothing: rows are in memory
  std::optional<Table> table_;         // of a text file
  std::optional<Table> held_table_;    // of --validation FILE
  Dataset array_;                      // of a file of numbers in columns without names
  /// Whether no cell of a feature is missing, in rows without a target, either: these are the rows to be predicted.
  bool complete_ = true;
  RowSplit rows_;
  std::vector<std::uint8_t> folds_;  // Dataset::folds of the table
  std::vector<ColumnNote> column_notes_;
  std::vector<std::string> notes_;
};

}  // namespace millrace::cli
