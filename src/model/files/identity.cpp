// SPDX-License-Identifier: Apache-2.0
#include "model/files/identity.hpp"

#include <nlohmann/json.hpp>

#include "base/json_numbers.hpp"
#include "model/files/data_fingerprint.hpp"
#include "model/files/kernel_identity.hpp"
#include "model/files/op_json.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/step_runner.hpp"
#include "table/batches.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// Only callbacks that can change the result, without the paths of their files, which may move.
json callbacks_with_state(const FitOptions& options) {
  json callbacks = json::object();
  const std::vector<std::string> names = callback_names(options.callbacks);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const CallbackConfig callback = resolved(options.callbacks[i]);
    if (!callback_row(callback.op).has_state) continue;
    json& kept = callbacks[names[i]] = op_to_json(callback).at("options");
    kept.erase("path");
  }
  return callbacks;
}

}  // namespace

std::string run_identity(const Model::State& state, const Dataset& training, const Dataset* validation,
                         const FitOptions& options) {
  json identity{{identity_key::model, json::parse(card_to_json(state.card))},
                {identity_key::scale, state.preparation.empty() ? "none" : fingerprint(state.preparation)},
                {identity_key::seed, options.seed},
                {identity_key::batch_size, options.batch_size},
                {identity_key::shuffle, options.shuffle},
                {identity_key::class_weights, options.class_weight},
                {identity_key::training_rows, fingerprint(training)},
                {identity_key::evaluates_training, options.evaluate_training},
                {identity_key::kernels, kernels_now(options.kernels, options.gemm)}};
  // Runs in fp32 do not name it, as in the files of version 0.1.
  if (options.precision != "fp32") identity[identity_key::precision] = options.precision;
  // Likewise runs of whole batches.
  if (const std::int64_t slices = slices_of(options); slices > 1) identity[identity_key::slices] = slices;
  if (!options.start.empty()) identity[identity_key::start] = options.start;
  if (options.wire != "fp32") identity[identity_key::wire] = options.wire;
  const std::int64_t window = window_rows(training, state.network->input_width());
  if (window < training.rows()) identity["rows of a window"] = window;
  if (json callbacks = callbacks_with_state(options); !callbacks.empty())
    identity[identity_key::callbacks] = std::move(callbacks);
  // Validation rows change no weight, but the numbers that history and callbacks compare.
  if (validation != nullptr) identity[identity_key::validation_rows] = fingerprint(*validation);
  // A finished run may go on with more epochs, unless their number changes the rates of the earlier ones.
  if (depends_on_length(state.card.compiled.schedule)) identity[identity_key::schedule_epochs] = options.epochs;
  return identity.dump();
}

std::int64_t slices_of_identity(const std::string& identity) {
  if (identity.empty()) return 1;
  const json told = json::parse(identity);
  return told.contains(identity_key::slices) ? whole_count(told.at(identity_key::slices)) : 1;
}

ComparedSides compared_identities(std::string first, std::string other) {
  return {std::move(first), std::move(other), {identity_key::training_rows, identity_key::validation_rows}};
}

}  // namespace millrace
