// SPDX-License-Identifier: Apache-2.0
//
// A copy in memory of everything that a run changes.
#pragma once

#include <vector>

#include "run/training_state.hpp"
#include "step/compiled_network.hpp"

namespace millrace {

class RunSnapshot {
 public:
  RunSnapshot(CompiledNetwork& compiled, const TrainingState& state);
  void restore(CompiledNetwork& compiled, TrainingState& state) const;

 private:
  std::vector<std::vector<float>> buffers_;  // the weights, then the others of the store
  TrainingState state_;
  std::int64_t accumulated_;
};

}  // namespace millrace
