// SPDX-License-Identifier: Apache-2.0
#include "model/files/identity.hpp"

#include <new>
#include <nlohmann/json.hpp>

#include "base/json_numbers.hpp"
#include "kernels/kernel_set.hpp"
#include "model/files/data_fingerprint.hpp"
#include "model/files/json_difference.hpp"
#include "model/files/op_json.hpp"
#include "model/files/run_changes.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/step_runner.hpp"
#include "table/batches.hpp"

namespace millrace {

namespace {

using nlohmann::json;

constexpr const char *kernels_key = "kernels", *precision_key = "precision", *slices_key = "slices", *wire_key = "wire";

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

// The identity with every option of every operation in the form of this version, so that a run of version 0.1 goes on.
// An identity that lacks something stays as it is.
json comparable(json identity) {
  try {
    ModelCard card = card_from_json(identity.at("model").dump(), "checkpoint");
    const Semantics semantics = card.network.semantics;
    for (GraphLayer& layer : card.network.layers)
      layer.layer = LayerConfig(completed(layer.layer, layer_row(layer.layer.op), semantics));
    CompileOptions& compiled = card.compiled;
    compiled.optimizer =
        OptimizerConfig(completed(compiled.optimizer, optimizer_row(compiled.optimizer.op), semantics));
    const auto complete = [&](LossConfig& loss) {
      if (!loss.op.empty()) loss = LossConfig(completed(loss, loss_row(loss.op), semantics));
    };
    complete(compiled.loss);
    for (OutputOptions& output : compiled.outputs) complete(output.loss);
    if (!compiled.loss.op.empty() && card.threshold == make_loss(compiled.loss)->threshold()) card.threshold.reset();
    if (const std::string& name = compiled.schedule.op; !name.empty())
      compiled.schedule = ScheduleConfig(completed(compiled.schedule, schedule_row(name), semantics));
    identity["model"] = json::parse(card_to_json(card));
    if (!identity.contains("callbacks")) return identity;
    for (auto& [name, options] : identity["callbacks"].items()) {
      const CallbackRow& row = callback_row(name.substr(0, name.find_last_not_of("_0123456789") + 1));
      const OpConfig given = op_from_json({{"op", name}, {"options", options}});
      options = op_to_json(completed(given, row, semantics)).at("options");
      options.erase("path");
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
  }
  return identity;
}

constexpr const char* frozen_key = "frozen layers";

// Moves the layers that are not trained out of the model, because a run may go on with others.
void name_frozen_layers(json& identity) {
  json frozen = json::array();
  if (!identity.contains("model") || !identity.at("model").contains("layers")) return;
  for (json& layer : identity.at("model").at("layers")) {
    if (!layer.value("trainable", true)) frozen.push_back(layer.at("name"));
    layer.erase("trainable");
  }
  if (!frozen.empty()) identity[frozen_key] = std::move(frozen);
}

// Automatic kernels have no name, as in the files of version 0.1.
constexpr const char* choice_key = "kernels";

json kernels_of(const std::string& choice, const std::string& gemm) {
  const bool portable = choice == "portable";
  json kernels = portable ? json{{choice_key, choice}} : json{{"gemm", gemm}};
  for (const KernelFact& fact : portable ? portable_kernel_set() : kernel_set()) kernels[fact.name] = fact.value;
  return kernels;
}

const ComparedSides in_checkpoint_and_now{"in the checkpoint", "now"};

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
                {"evaluation of the training rows", options.evaluate_training},
                {kernels_key, kernels_of(options.kernels, options.gemm)}};
  // Runs in fp32 do not name it, as in the files of version 0.1.
  if (options.precision != "fp32") identity[precision_key] = options.precision;
  // Likewise runs of whole batches.
  if (const std::int64_t slices = slices_of(options); slices > 1) identity[slices_key] = slices;
  if (options.wire != "fp32") identity[wire_key] = options.wire;
  const std::int64_t window = window_rows(training, state.network->input_width());
  if (window < training.rows()) identity["rows of a window"] = window;
  if (json callbacks = callbacks_with_state(options); !callbacks.empty()) identity["callbacks"] = std::move(callbacks);
  // Validation rows change no weight, but the numbers that history and callbacks compare.
  if (validation != nullptr) identity["validation rows"] = fingerprint(*validation);
  // A finished run may go on with more epochs, unless their number changes the rates of the earlier ones.
  if (depends_on_length(state.card.compiled.schedule)) identity["epochs of the schedule"] = options.epochs;
  return identity.dump();
}

std::int64_t slices_of_identity(const std::string& identity) {
  if (identity.empty()) return 1;
  const json told = json::parse(identity);
  return told.contains(slices_key) ? whole_number(told.at(slices_key)) : 1;
}

namespace {

// What it means to go on with another value of this key of the identity, or of its model.
struct Meaning {
  const char *key, *text;
  bool restarts_epoch;
};
constexpr Meaning meanings[] = {
    {"optimizer", "the next steps use the new rule and rate; state that the old rule does not have begins anew", false},
    {"update", "the next steps use the new limits, decay and averages", false},
    {"schedule", "the rate follows the new schedule, at the number of steps done so far", false},
    {"pace", "the rate follows the new pace, at the number of steps done so far", false},
    {"epochs of the schedule", "the rates of the epochs that are left follow the new length", false},
    {"loss", "the losses of the history are not those of the next epochs", false},
    {"metrics", "the history has other metrics from the next epoch on", true},
    {"threshold", "metrics count answers at the new threshold from the next epoch on", true},
    {"seed", "the order of the rows and dropout follow the new seed", true},
    {precision_key, "the next steps multiply in the new precision, which changes their last bits or more", false},
    {slices_key, "the next steps add the gradients of other slices, which changes their last bits", false},
    {wire_key, "the gradients of the next steps travel in other numbers, which changes their last bits or more", false},
    {"batch size", "an epoch has other steps from now on", true},
    {"shuffle", "the rows have another order from now on", true},
    {"class weights", "the loss weighs classes otherwise from now on", true},
    {"training rows", "the next epochs train on these rows; features and targets keep the scale of the checkpoint",
     true},
    {"training rows' scale", "the scale of the features stays that of the checkpoint, which the weights belong to",
     false},
    {"validation rows", "validation values of the history and of the next epochs are of different rows", false},
    {"evaluation of the training rows", "the history has other values from the next epoch on", false},
    {frozen_key, "other layers keep their weights from now on", false},
    {"callbacks", "callbacks follow the new options, with the values that they remember", false},
};

void add_changes(const json& then, const json& now, std::vector<RunChange>& changes) {
  json keys = now;
  keys.update(then);
  for (const auto& [key, unused] : keys.items()) {
    if (then.contains(key) && now.contains(key) && then.at(key) == now.at(key)) continue;
    json one = json::object(), other = json::object();
    if (then.contains(key)) one[key] = then.at(key);
    if (now.contains(key)) other[key] = now.at(key);
    RunChange change{json_difference(one, other, in_checkpoint_and_now), "", false};
    for (const Meaning& meaning : meanings) {
      if (key != meaning.key) continue;
      change.meaning = meaning.text;
      change.restarts_epoch = meaning.restarts_epoch;
    }
    changes.push_back(std::move(change));
  }
}

}  // namespace

std::vector<RunChange> run_changes(const std::string& then, const std::string& now) {
  std::vector<RunChange> changes;
  if (then == now) return changes;
  json before = comparable(json::parse(then)), after = comparable(json::parse(now));
  for (json* const identity : {&before, &after}) {
    identity->erase(kernels_key);
    identity->emplace(precision_key, "fp32");
    identity->emplace(wire_key, "fp32");
    name_frozen_layers(*identity);
  }
  add_changes(before.value("model", json::object()), after.value("model", json::object()), changes);
  for (RunChange& change : changes) change.difference.insert(0, "model, ");
  before.erase("model");
  after.erase("model");
  add_changes(before, after, changes);
  return changes;
}

std::string identity_difference(const std::string& then, const std::string& now) {
  const std::vector<RunChange> changes = run_changes(then, now);
  return changes.empty() ? "" : changes.front().difference;
}

std::string kernels_now(const std::string& kernels, const std::string& gemm) {
  return json{{kernels_key, kernels_of(kernels, gemm)}}.dump();
}

std::string kernel_difference(const std::string& then, const std::string& now) {
  const json before = json::parse(then), after = json::parse(now);
  // A checkpoint of version 0.1 does not say which kernels computed it.
  if (!before.contains(kernels_key) || !after.contains(kernels_key)) return "";
  const json &old = before.at(kernels_key), &current = after.at(kernels_key);
  const std::string old_choice = old.value(choice_key, "auto"), choice = current.value(choice_key, "auto");
  if (old_choice != choice) return kernels_key + both_values(old_choice, choice, in_checkpoint_and_now);
  json names = current;
  names.update(old);
  std::string text;
  for (const auto& [name, unused] : names.items()) {
    const json was = old.value(name, json()), is = current.value(name, json());
    if (was == is) continue;
    text += (text.empty() ? "" : ", ") + name +
            both_values(json_value_text(was), json_value_text(is), in_checkpoint_and_now);
  }
  return text;
}

}  // namespace millrace
