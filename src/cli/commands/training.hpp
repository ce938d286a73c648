// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/output_folder.hpp"
#include "cli/settings/config.hpp"
#include "millrace/checkpoint.hpp"
#include "millrace/model.hpp"
#include "run/epoch_values.hpp"

namespace millrace::cli {

inline constexpr const char *model_file = "model.onnx", *checkpoint_file = "checkpoint.safetensors",
                            *config_file = "run.toml", *failure_file = "failure.bundle", *report_file = "report.html",
                            *layer_file = "layers.jsonl", *times_file = "times.json";

struct Training {
  History history;
  std::optional<BestEpoch> best;  ///< empty: no value of the epochs is watched
  std::int64_t resumed_step = 0;  ///< the steps of an epoch that had begun where the run went on
};

/// The value that a callback of the run monitors, or the validation loss.
[[nodiscard]] WatchedValue watched_value(const std::vector<CallbackConfig>& callbacks, const CompileOptions& compiled);

/// Trains the model in a folder of results and shows the progress on stderr. Results of an earlier run in the folder are
/// discarded as soon as this one has saved its checkpoint. Shows `notes` once the rows are found to be sound. `resumed`: the
/// run that goes on, if there is one. Throws as Model::fit().
[[nodiscard]] Training train_in(const OutputFolder& folder, Model& model, const Dataset& rows,
                                const TrainConfig& config, FitOptions options, const std::vector<std::string>& notes,
                                const std::optional<CheckpointRun>& resumed);

}  // namespace millrace::cli
