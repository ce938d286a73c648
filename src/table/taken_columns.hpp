// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const ModelColumns model{.who = "predict", .path = "model.onnx", .table = "new.csv", .features = {"age"}};
//   check_columns(file, model);
//   const std::vector<std::string> names = taken_columns(file, model);
//
// Finds the columns of a table that a model takes, and makes notes of the others.
#pragma once

#include <string>
#include <vector>

#include "table/csv/file.hpp"

namespace millrace {

struct ModelColumns {
  std::string who;    ///< the command, for messages
  std::string path;   ///< of the model, for messages
  std::string table;  ///< the name of the file, for messages
  std::vector<std::string>
      features{};                      ///< the columns of its tables, in its order; empty: it does not know their names
  std::vector<std::string> targets{};  ///< those of training; may be empty
  std::vector<std::string> asked{};    ///< columns to take instead, of a model that knows no names; empty: all
  bool needs_targets = false;          ///< whether the table must have `targets`
  std::vector<std::string> others{};   ///< columns that the command reads for itself
};

/// Throws Error{data} if the file lacks a column that the model knows by name; the message says what it may be called.
void check_columns(const CsvFile& file, const ModelColumns& model);

/// Throws Error{usage} if columns are asked for although the model knows its own.
void refuse_asked_columns(const ModelColumns& model);

/// The columns of the file that are the features, in the order of the model: found by name, or by position.
/// Throws as refuse_asked_columns(), and Error{usage} for an unknown name that is asked for.
[[nodiscard]] std::vector<std::string> taken_columns(const CsvFile& file, const ModelColumns& model);

/// Notes on what may surprise the user of a prediction, a sentence for each kind: columns that the model does not take, its
/// target among the columns or among the features, and another order than in training.
[[nodiscard]] std::vector<std::string> column_notes(const CsvFile& file, const ModelColumns& model);

}  // namespace millrace
