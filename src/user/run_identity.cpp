// SPDX-License-Identifier: Apache-2.0
#include "user/run_identity.hpp"

#include <nlohmann/json.hpp>

#include "ops/schedules/schedule.hpp"
#include "user/data_fingerprint.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// Files may lie elsewhere, and a log changes nothing.
json callbacks_with_state(const FitOptions& options) {
  json callbacks = json::object();
  const std::vector<std::string> names = callback_names(options.callbacks);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const OpConfig& callback = options.callbacks[i];
    if (!callback_row(callback.op).has_state) continue;
    json& entry = callbacks[names[i]] = json::object();
    for (const auto& option : callback.options) {
      if (option.first != "path") std::visit([&](const auto& value) { entry[option.first] = value; }, option.second);
    }
  }
  return callbacks;
}

// The first place where the values differ, with both; empty: nowhere. Entries of arrays are counted from 1.
std::string difference(const json& then, const json& now) {
  const auto both = [](const std::string& before, const std::string& after) {
    return " (" + before + " in the checkpoint, " + after + " now)";
  };
  const auto below = [&](const std::string& key, const json& before, const json& after) -> std::string {
    if (before.is_object() && after.is_object()) return key + ", " + difference(before, after);
    if (before.is_array() && after.is_array() && before.size() == after.size()) return key + difference(before, after);
    if (before.is_array() && after.is_array())
      return key + both(std::to_string(before.size()) + " entries", std::to_string(after.size()));
    // A fingerprint tells nobody anything.
    if (before.is_string() && key.ends_with(" rows")) return key + " (other rows than in the checkpoint)";
    return key + both(before.dump(), after.dump());
  };
  if (then.is_array()) {
    for (std::size_t i = 0; i < then.size(); ++i) {
      if (then[i] != now[i]) return below(" " + std::to_string(i + 1), then[i], now[i]);
    }
    return "";
  }
  json keys = now;
  keys.update(then);
  for (const auto& [key, unused] : keys.items()) {
    if (!then.contains(key)) return key + both("none", now.at(key).dump());
    if (!now.contains(key)) return key + both(then.at(key).dump(), "none");
    if (then.at(key) != now.at(key)) return below(key, then.at(key), now.at(key));
  }
  return "";
}

}  // namespace

std::string run_identity(const Model::State& state, const Dataset& training, const Dataset* validation,
                         const FitOptions& options) {
  json identity{{"model", json::parse(card_to_json(state.card))},
                {"training rows' scale", state.preparation.empty() ? "none" : fingerprint(state.preparation)},
                {"seed", options.seed},
                {"batch size", options.batch_size},
                {"shuffle", options.shuffle},
                {"class weights", options.class_weight},
                {"training rows", fingerprint(training)},
                {"evaluation of the training rows", options.evaluate_training}};
  if (json callbacks = callbacks_with_state(options); !callbacks.empty()) identity["callbacks"] = std::move(callbacks);
  // They change no weight, but what history and callbacks compare.
  if (validation != nullptr) identity["validation rows"] = fingerprint(*validation);
  // More epochs go on where a run ended, unless the rates of the ones before would have been others.
  if (depends_on_length(state.card.compiled.schedule)) identity["epochs of the schedule"] = options.epochs;
  return identity.dump();
}

std::string identity_difference(const std::string& then, const std::string& now) {
  return difference(json::parse(then), json::parse(now));
}

}  // namespace millrace
