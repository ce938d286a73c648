// SPDX-License-Identifier: Apache-2.0
//
// The text file of millrace train as a table, and what each of its columns is for.
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

namespace millrace::cli {

struct TrainingTable {
  Table table;  ///< without the rows that have no target; columns without a use are ignored
  std::vector<std::string> target, features;  ///< names of columns
  std::vector<ColumnNote> column_notes;       ///< about columns
  std::vector<std::string> notes;             ///< about rows and cells, as sentences
  /// Whether no cell of a feature is missing, in rows without a target, either: these are the rows to be predicted.
  bool complete = true;
};

/// Columns and classes that the configuration leaves open are those of `start` if there is one: its weights belong to its
/// columns. `files`, those of the configuration, must be unchanged when the cache is written. Of a cluster (null: none), one
/// rank makes the cache, and all ranks call this at once.
/// Throws Error: usage, data, with all columns that stand in the way at once.
[[nodiscard]] TrainingTable read_training_table(const TrainConfig& config, const Model* start, const InputFiles& files,
                                                const std::optional<RowStorage>& storage, Cluster* cluster);

}  // namespace millrace::cli
