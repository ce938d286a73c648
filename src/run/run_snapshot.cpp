// SPDX-License-Identifier: Apache-2.0
#include "run/run_snapshot.hpp"

#include <algorithm>

namespace millrace {

namespace {

constexpr std::int64_t most_in_memory = std::int64_t{4} << 20;

// Calls use(buffer) with the weights, then with the other buffers that an update changes.
template <class Store, class Use>
void for_each_buffer(Store& store, const Use& use) {
  for (int buffer = ParameterStore::weights; buffer < std::ssize(store.buffer_names()); ++buffer)
    use(store.buffer(buffer).span());
}

}  // namespace

RunSnapshot::RunSnapshot(const CompiledNetwork& compiled, const TrainingState& state, const std::string& folder)
    : state_(state), accumulated_(compiled.updater.accumulated()) {
  if (compiled.store.bytes() > most_in_memory) file_.emplace(folder, "fit", "the state before a step");
  for_each_buffer(compiled.store, [&](std::span<const float> values) {
    if (file_)
      file_->write(std::as_bytes(values));
    else
      values_.insert(values_.end(), values.begin(), values.end());
  });
}

void RunSnapshot::restore(CompiledNetwork& compiled, TrainingState& state) const {
  std::int64_t position = 0;
  for_each_buffer(compiled.store, [&](std::span<float> values) {
    if (file_)
      file_->read(position * static_cast<std::int64_t>(sizeof(float)), std::as_writable_bytes(values));
    else
      std::ranges::copy(std::span(values_).subspan(position, values.size()), values.begin());
    position += std::ssize(values);
  });
  state = state_;
  compiled.updater.accumulated() = accumulated_;
}

}  // namespace millrace
