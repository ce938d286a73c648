// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/callback_list.hpp"

#include <algorithm>

namespace millrace {

RunCallbacks::RunCallbacks(std::span<const CallbackConfig> configs, const RunKind& kind,
                           const std::map<std::string, CallbackState>& known) {
  const std::vector<std::string> names = callback_names(configs);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const CallbackConfig config = resolved(configs[i]);
    entries_.push_back({names[i], callback_row(config.op).make(config, kind)});
    if (const auto state = known.find(names[i]); state != known.end())
      entries_.back().callback->state() = state->second;
  }
}

void RunCallbacks::epoch_end(const Epoch& epoch, RunView& run) {
  for (Entry& entry : entries_) entry.callback->epoch_end(epoch, run);
}

void RunCallbacks::keep(RunView& run, std::map<std::string, CallbackState>& states) {
  for (Entry& entry : entries_) {
    entry.callback->keep(run);
    states[entry.name] = entry.callback->state();
  }
}

void RunCallbacks::log(const RunView& run) {
  for (Entry& entry : entries_) entry.callback->log(run);
}

const RunCallbacks::Entry* RunCallbacks::restores() const {
  // Where several ask, the last one.
  const auto last = std::find_if(entries_.rbegin(), entries_.rend(),
                                 [](const Entry& entry) { return entry.callback->restores_epoch() > 0; });
  return last == entries_.rend() ? nullptr : &*last;
}

std::span<const float> RunCallbacks::weights_after(std::int64_t epochs) const {
  for (const Entry& entry : entries_)
    if (entry.callback->restores_epoch() == epochs) return entry.callback->state().weights;
  return {};
}

}  // namespace millrace
