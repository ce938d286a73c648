// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CheckpointRun run = read_checkpoint_run("out/checkpoint.safetensors");
//   std::cout << run.epoch << " epochs done, loss " << run.history.back().loss << "\n";
//
// Where the run of a checkpoint stands. Model::load_checkpoint reads the model, FitOptions::resume continues the run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "millrace/training.hpp"

namespace millrace {

struct CheckpointRun {
  std::int64_t epoch = 0;      ///< finished epochs of the run
  std::int64_t step = 0;       ///< finished steps of the epoch after them
  std::int64_t updates = 0;    ///< updates of the weights in all runs of the model
  std::vector<Epoch> history;  ///< the finished epochs
  /// The best epoch so far of each callback that looks for one, by callback_names() (catalogue.hpp); 0: none yet.
  std::map<std::string, std::int64_t> best_epochs;
  std::vector<std::string> inputs{};  ///< names of the network's inputs
  std::int64_t slices = 1;            ///< of a batch: FitOptions::slices
  std::string target_scale = "none";  ///< the scale of its targets: "standard", "log1p" or "none"
};

/// Reads the run of a checkpoint file. A file that save_checkpoint() wrote has no run: all numbers are 0. Throws
/// Error{data} for a damaged file and another file.
[[nodiscard]] CheckpointRun read_checkpoint_run(const std::string& path);

}  // namespace millrace
