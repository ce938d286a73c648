// SPDX-License-Identifier: Apache-2.0
//
// Reads a table for training, or for a model.
#pragma once

#include <string>
#include <vector>

#include "cli/settings/config.hpp"
#include "cli/settings/data_settings.hpp"
#include "millrace/model.hpp"

namespace millrace::cli {

/// Reads the rows to train on. Columns and classes that the configuration leaves open are those of `start` if there is
/// one: its weights belong to its columns.
[[nodiscard]] Dataset read_training_data(const TrainConfig& config, const Model* start);

struct ModelData {
  std::string who;  ///< the command, for messages
  std::string model_path;
  DataFiles data;
  bool targets = false;             ///< whether to read targets
  std::vector<std::string> target;  ///< their columns if not those of the model; for an array, the file of its targets
  std::string weight;
  int threads = 0;  ///< to read with; 0: one per processor
};

/// Reads the columns that `model` takes: by name, in its order, or by position for arrays and for models without column
/// names. Throws Error{data} if the file does not fit the model.
[[nodiscard]] Dataset read_model_data(const Model& model, const ModelData& request);

}  // namespace millrace::cli
