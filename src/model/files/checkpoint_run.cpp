// SPDX-License-Identifier: Apache-2.0
#include "millrace/checkpoint.hpp"

#include "model/files/checkpoint.hpp"
#include "model/files/identity.hpp"

namespace millrace {

CheckpointRun read_checkpoint_run(const std::string& path) { return read_checkpoint_run(open_checkpoint(path), path); }

CheckpointRun read_checkpoint_run(const TensorFile& file, const std::string& path) {
  TrainingState state = read_run(file, path);
  CheckpointRun run{.epoch = state.epoch,
                    .step = state.step,
                    .updates = state.iteration,
                    .history = std::move(state.history),
                    .best_epochs = {}};
  run.slices = slices_of_identity(read_origin(file, path).identity);
  const ModelCard card = card_of(file, path);
  for (const NetworkInput& input : card.network.inputs) run.inputs.push_back(input.name);
  if (card.target_scale) run.target_scale = card.target_scale->way();
  for (const auto& [name, callback] : state.callbacks) {
    // Callbacks that look for a best epoch remember its number under this name.
    if (const auto epoch = callback.numbers.find("epoch"); epoch != callback.numbers.end())
      run.best_epochs.emplace(name, static_cast<std::int64_t>(epoch->second));
  }
  return run;
}

}  // namespace millrace
