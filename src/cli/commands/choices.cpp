// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/choices.hpp"

#include <algorithm>
#include <array>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "cli/settings/data_settings.hpp"
#include "millrace/callbacks.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/losses.hpp"

namespace millrace::cli {

namespace {

// Fewer rows are all needed for training, and a part of them says nothing about others.
constexpr std::int64_t least_rows_to_hold_out = 10;

// In place of the rows that a run without layers and epochs holds out.
void hold_out_nothing(TrainConfig& config) {
  if (!config.default_training) return;
  config.validation = 0;
  if (config.default_stopping) config.fit.callbacks.erase(config.fit.callbacks.begin());
  config.default_stopping = false;
}

// The layers and the loss of the run: as given, those of `start`, or chosen for the rows.
void choose_network(TrainConfig& config, const Model* start, const TrainingShape& shape) {
  if (start == nullptr && config.graph.layers.empty()) {
    for (const LayerConfig& layer : default_layers(shape, config.loss)) config.graph.layers.push_back({.layer = layer});
    if (config.semantics != Semantics::sklearn && !config.members) config.members = default_members(shape.rows);
    if (shape.rows < least_rows_to_hold_out && !config.validation_given && !config.split) hold_out_nothing(config);
    const bool once = config.split == SplitWay::last || config.split == SplitWay::time;
    if (config.default_training && config.validation > 0 && !config.validation_given && !once &&
        config.members.value_or(1) > 1) {
      config.folds = true;
      config.validation = 0;
    }
  }
  if (!config.loss.op.empty()) return;
  if (start != nullptr) config.loss = start->compiled().loss;
  if (!config.loss.op.empty()) return;
  if (config.graph.layers.empty()) fail(ErrorKind::usage, "train", config.init + " names no loss, expected --loss");
  config.loss = default_loss(config.graph.layers.back().layer, shape);
}

// "128:relu"
std::string layer_text(const LayerConfig& layer) {
  const auto option = [&](const char* name) {
    const auto at = layer.options.find(name);
    return at == layer.options.end() ? std::string() : option_text(at->second);
  };
  const std::string activation = option("activation");
  return option("units") + (activation.empty() || activation == "linear" ? "" : ":" + activation);
}

// The flags of a run whose epochs were not given.
std::string training_flags(const TrainConfig& config) {
  std::string flags = " --epochs " + std::to_string(config.fit.epochs);
  if (config.folds && !config.validation_given) flags += " --validation folds";
  if (config.validation > 0 && !config.split)
    flags += " --validation " + number_text(static_cast<float>(config.validation)) + " --split stratified";
  for (const CallbackConfig& callback : config.fit.callbacks) {
    if (callback.op == EarlyStopping::op)
      flags += " --early-stopping.patience " + option_text(callback.options.at("patience")) +
               " --early-stopping.restore-best-weights";
  }
  return flags;
}

}  // namespace

std::string choose(TrainConfig& config, const Model* start, const TrainingShape& shape) {
  const bool layers = start == nullptr && config.graph.layers.empty();
  const bool members = !config.members.has_value();
  const bool loss = start == nullptr && config.loss.op.empty();
  choose_network(config, start, shape);
  std::string flags;
  if (layers) {
    flags += " --layers ";
    for (const GraphLayer& layer : config.graph.layers)
      flags += (&layer == config.graph.layers.data() ? "" : ",") + layer_text(layer.layer);
  }
  if (members && config.members.value_or(1) > 1) flags += " --members " + std::to_string(*config.members);
  if (loss) flags += " --loss " + shortest_text(OperationKind::loss, config.loss);
  if (config.default_training) flags += training_flags(config);
  return flags.empty() ? "" : flags.substr(1);
}

// Numbers of text files have any unit; losses for counts and probabilities need theirs.
std::string target_scale(const TrainConfig& config) {
  if (!config.scale_target.empty()) return config.scale_target;
  constexpr std::array scaled{MeanSquaredError::op, MeanAbsoluteError::op, Huber::op, LogCosh::op};
  const std::string loss = complete_operation(OperationKind::loss, config.loss).op;
  const bool scales = !config.data.is_array() && std::find(scaled.begin(), scaled.end(), loss) != scaled.end();
  return scales ? "auto" : "none";
}

}  // namespace millrace::cli
