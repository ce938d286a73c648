// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/callback_list.hpp"

#include <algorithm>

namespace millrace {

const CallbackRow& row_of_callback(std::string_view unique_name) {
  const std::size_t end = unique_name.find_last_not_of("0123456789") + 1;
  const bool numbered = end > 0 && end < unique_name.size() && unique_name[end - 1] == '_';
  return callback_row(numbered ? unique_name.substr(0, end - 1) : unique_name);
}

CallbackList::CallbackList(std::span<const CallbackConfig> configs, const MeasuredValues& measured,
                           const std::map<std::string, CallbackState>& saved) {
  const std::vector<std::string> names = callback_names(configs);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const CallbackConfig config = resolved(configs[i]);
    entries_.push_back({names[i], callback_row(config.op).make(config, measured)});
    if (const auto state = saved.find(names[i]); state != saved.end())
      entries_.back().callback->state() = state->second;
  }
}

bool CallbackList::read_layers() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return entry.callback->reads_layers(); });
}

void CallbackList::epoch_end(const Epoch& epoch, CallbackContext& run) {
  for (Entry& entry : entries_) entry.callback->epoch_end(epoch, run);
}

void CallbackList::keep(CallbackContext& run, std::map<std::string, CallbackState>& states) {
  for (Entry& entry : entries_) {
    entry.callback->keep(run);
    states[entry.name] = entry.callback->state();
  }
}

void CallbackList::log(const CallbackContext& run) {
  for (Entry& entry : entries_) entry.callback->log(run);
}

const CallbackList::Entry* CallbackList::restores() const {
  // If several callbacks restore weights, the last one decides.
  const auto last = std::find_if(entries_.rbegin(), entries_.rend(),
                                 [](const Entry& entry) { return entry.callback->restores_epoch() > 0; });
  return last == entries_.rend() ? nullptr : &*last;
}

std::span<const float> CallbackList::weights_after(std::int64_t epochs) const {
  for (const Entry& entry : entries_)
    if (entry.callback->restores_epoch() == epochs) return entry.callback->state().weights;
  return {};
}

}  // namespace millrace
