// SPDX-License-Identifier: Apache-2.0
//
// Reads the rows of a table for a model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/data_file.hpp"
#include "cli/commands/kept_cells.hpp"
#include "millrace/model.hpp"
#include "millrace/unread_cells.hpp"

namespace millrace::cli {

/// The columns to read for a model of numbers whose targets have classes with names.
struct NamedColumns {
  std::string who;  ///< the command, for messages
  std::vector<std::string> paths, features, target;
  std::string weight;
  TextFormat format;
  int threads = 0;
};
/// Reads the columns as numbers, and the targets as the model's classes. Leaves out rows without a target, and says so.
/// Throws as read_model_data().
[[nodiscard]] Dataset read_named_classes(const Model& model, const NamedColumns& columns);

struct ModelData {
  std::string who;  ///< the command, for messages
  std::string model_path;
  DataFiles data;
  bool targets = false;             ///< whether to read targets
  std::vector<std::string> target;  ///< their columns if not those of the model; for an array as TrainConfig::target
  std::string weight;
  int threads = 0;                      ///< to read with; 0: one per processor
  std::vector<std::string> features{};  ///< the columns to predict from, of a model without column names; empty: all
};

/// Reads the columns that `model` takes: by name, in its order, or by position for arrays and for models without column
/// names. Throws Error{data} if the file does not fit the model.
[[nodiscard]] Dataset read_model_data(const Model& model, const ModelData& request);

/// The raw rows of a table for a model that takes tables, without the rows that have no target if targets are wanted.
/// Throws as read_model_data().
[[nodiscard]] Table read_model_table(const Model& model, const ModelData& request);

/// Rows with their targets, for a model to be measured on.
struct RowsWithTargets {
  Dataset data;                  ///< as the model takes them; pass them to fit_targets() first
  std::optional<Table> table{};  ///< the raw rows, of a model that takes tables
};
/// As read_model_data() with targets.
[[nodiscard]] RowsWithTargets read_rows_with_targets(const Model& model, const ModelData& request);

/// Rows to predict, of which some may have cells that cannot be read.
struct RowsToPredict {
  Dataset data;                      ///< the rows that can be predicted, as the model takes them
  std::vector<std::int64_t> place;   ///< by row of the file: its row of `data`, or -1
  std::vector<UnreadCell> unread;    ///< in the order of rows
  std::vector<std::string> notes{};  ///< of the columns of the file
  KeptCells kept{};                  ///< of all rows of the file
};
/// As read_model_data() without targets. A cell that cannot be read leaves out its row and no other. The file may have no
/// rows. keep: names of columns to carry through.
[[nodiscard]] RowsToPredict read_rows_to_predict(const Model& model, const ModelData& request,
                                                 const std::vector<std::string>& keep);

}  // namespace millrace::cli
