// SPDX-License-Identifier: Apache-2.0
#include "millrace/checkpoint.hpp"

#include "model/files/checkpoint.hpp"
#include "model/files/identity.hpp"

namespace millrace {

CheckpointRun read_checkpoint_run(const std::string& path) {
  const TensorFile file = open_checkpoint(path);
  return describe_recorded_run(read_recorded_run(file, path), card_of(file, path));
}

CheckpointRun describe_recorded_run(const RecordedRun& recorded, const ModelCard& card) {
  const TrainingState& state = recorded.state;
  CheckpointRun run{.epoch = state.epoch,
                    .step = state.step,
                    .updates = state.iteration,
                    .history = state.history,
                    .best_epochs = {}};
  run.slices = slices_of_identity(recorded.origin.identity);
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
