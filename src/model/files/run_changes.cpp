// SPDX-License-Identifier: Apache-2.0
#include "model/files/run_changes.hpp"

#include <algorithm>
#include <iterator>
#include <new>
#include <nlohmann/json.hpp>

#include "model/files/identity.hpp"
#include "model/files/op_json.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/callbacks/callback_list.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// The identity with every option of every operation in the form of this version, so that a run of version 0.1 goes on.
// An identity that lacks something stays as it is.
json comparable(json identity) {
  try {
    ModelCard card = card_from_json(identity.at(identity_key::model).dump(), "checkpoint");
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
    identity[identity_key::model] = json::parse(card_to_json(card));
    if (!identity.contains(identity_key::callbacks)) return identity;
    for (auto& [name, options] : identity[identity_key::callbacks].items()) {
      const CallbackRow& row = row_of_callback(name);
      const OpConfig given = op_from_json({{"op", row.name}, {"options", options}});
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
  if (!identity.contains(identity_key::model) || !identity.at(identity_key::model).contains("layers")) return;
  for (json& layer : identity.at(identity_key::model).at("layers")) {
    if (!layer.value("trainable", true)) frozen.push_back(layer.at("name"));
    layer.erase("trainable");
  }
  if (!frozen.empty()) identity[frozen_key] = std::move(frozen);
}

constexpr ChangeMeaning meanings[] = {
    {.key = "optimizer",
     .text = "the next steps use the new rule and learning rate; what only the new rule remembers begins anew",
     .forgets_rate = true,
     .forgets_curvature = true},
    {.key = "update", .text = "the next steps use the new limits, decay and averages"},
    {.key = "schedule",
     .text = "the learning rate follows the new schedule, which counts the steps done so far",
     .forgets_rate = true},
    {.key = "pace",
     .text = "the learning rate follows the new pace, which counts the steps done so far",
     .forgets_rate = true},
    {.key = identity_key::schedule_epochs,
     .text = "the learning rates of the epochs that are left follow the new number of epochs"},
    {.key = "loss", .text = "the losses of the history are not those of the next epochs"},
    {.key = "metrics", .text = "the history has other metrics from the next epoch on", .restarts_epoch = true},
    {.key = "threshold",
     .text = "metrics count answers at the new threshold from the next epoch on",
     .restarts_epoch = true},
    {.key = identity_key::seed,
     .text = "the order of the rows and dropout follow the new seed",
     .restarts_epoch = true},
    {.key = identity_key::precision,
     .text = "the next steps multiply in the new precision, which changes their last bits or more"},
    {.key = identity_key::slices,
     .text = "the next steps add the gradients of other slices, which changes their last bits"},
    {.key = identity_key::wire,
     .text = "the gradients of the next steps travel in other numbers, which changes their last bits or more"},
    {.key = identity_key::start,
     .text = "weights and optimizer state stay those of the checkpoint, whose run began with other weights (--init)"},
    {.key = identity_key::batch_size, .text = "an epoch has other steps from now on", .restarts_epoch = true},
    {.key = identity_key::shuffle, .text = "the rows have another order from now on", .restarts_epoch = true},
    {.key = identity_key::class_weights,
     .text = "the loss gives classes other weights from now on",
     .restarts_epoch = true},
    {.key = identity_key::training_rows,
     .text = "the next epochs train on these rows; features and targets keep the scale of the checkpoint",
     .restarts_epoch = true},
    {.key = identity_key::scale,
     .text = "the scale of the features stays that of the checkpoint, which the weights belong to"},
    {.key = identity_key::validation_rows,
     .text = "validation values of the history and of the next epochs are of different rows"},
    {.key = identity_key::evaluates_training, .text = "the history has other values from the next epoch on"},
    {.key = frozen_key, .text = "other layers keep their weights from now on"},
    {.key = identity_key::callbacks, .text = "callbacks follow the new options, with the values that they remember"},
};

void add_changes(const json& then, const json& now, std::vector<RunChange>& changes) {
  json keys = now;
  keys.update(then);
  for (const auto& [key, unused] : keys.items()) {
    if (then.contains(key) && now.contains(key) && then.at(key) == now.at(key)) continue;
    json one = json::object(), other = json::object();
    if (then.contains(key)) one[key] = then.at(key);
    if (now.contains(key)) other[key] = now.at(key);
    const auto* const row = std::ranges::find(meanings, key, &ChangeMeaning::key);
    changes.push_back({json_difference(one, other, compared_identities("in the checkpoint", "now")),
                       json_difference(one, other, compared_identities("before", "from then on")),
                       row == std::end(meanings) ? nullptr : row});
  }
}

}  // namespace

std::vector<RunChange> run_changes(const json& then, const json& now) {
  std::vector<RunChange> changes;
  if (then == now) return changes;
  json before = comparable(then), after = comparable(now);
  for (json* const identity : {&before, &after}) {
    identity->erase(identity_key::kernels);
    identity->emplace(identity_key::precision, "fp32");
    identity->emplace(identity_key::wire, "fp32");
    name_frozen_layers(*identity);
  }
  add_changes(before.value(identity_key::model, json::object()), after.value(identity_key::model, json::object()),
              changes);
  for (RunChange& change : changes) {
    change.difference.insert(0, "model, ");
    change.record.insert(0, "model, ");
  }
  before.erase(identity_key::model);
  after.erase(identity_key::model);
  add_changes(before, after, changes);
  return changes;
}

}  // namespace millrace
