// SPDX-License-Identifier: Apache-2.0
#include "run/run_snapshot.hpp"

#include <algorithm>

namespace millrace {

RunSnapshot::RunSnapshot(CompiledNetwork& compiled, const TrainingState& state)
    : state_(state), accumulated_(compiled.updater.accumulated()) {
  const ParameterStore& store = compiled.store;
  for (int buffer = ParameterStore::weights; buffer < std::ssize(store.buffer_names()); ++buffer) {
    const std::span<const float> values = store.buffer(buffer).span();
    buffers_.emplace_back(values.begin(), values.end());
  }
}

void RunSnapshot::restore(CompiledNetwork& compiled, TrainingState& state) const {
  int buffer = ParameterStore::weights;
  for (const std::vector<float>& values : buffers_) std::ranges::copy(values, compiled.store.buffer(buffer++).data());
  state = state_;
  compiled.updater.accumulated() = accumulated_;
}

}  // namespace millrace
