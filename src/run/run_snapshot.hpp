// SPDX-License-Identifier: Apache-2.0
//
// A copy of everything that a run changes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/nameless_file.hpp"
#include "run/training_state.hpp"
#include "step/compiled_network.hpp"

namespace millrace {

class RunSnapshot {
 public:
  /// Weights and optimizer state of more than 4 MiB go to a file in `folder`, so that a large model does not need its
  /// memory twice. Throws as NamelessFile.
  RunSnapshot(const CompiledNetwork& compiled, const TrainingState& state, const std::string& folder);
  void restore(CompiledNetwork& compiled, TrainingState& state) const;

 private:
  std::vector<float> values_;  // of all buffers of the store, one after the other, unless they are in the file
  std::optional<NamelessFile> file_;
  TrainingState state_;
  std::int64_t accumulated_;
};

}  // namespace millrace
