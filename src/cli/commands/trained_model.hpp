// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model = make_model(config, start);
//   Dataset data = rows.prepare(model, nullptr);  // which builds it
//   take_weights(model, config, start);
//   freeze(model, config);
//   compile(model, config, rows, start);
//
// The model that millrace train trains, from its settings. start: the model of --init; null: none, or a file of weights.
#pragma once

#include "cli/commands/training_rows.hpp"
#include "cli/settings/config.hpp"
#include "millrace/model.hpp"

namespace millrace::cli {

/// The metric of a model with this loss and `outputs` output units, if none is asked for.
[[nodiscard]] MetricConfig default_metric(const LossConfig& loss, std::int64_t outputs, Semantics semantics);

/// Compiles the model with the loss of --loss, if there is one, in place of that of training, and with its usual metric unless
/// --metrics chooses.
void choose_loss(Model& model, const Settings& settings);

/// A model with several outputs goes on with their losses and targets. Throws Error{usage} if the settings name others.
void take_outputs(TrainConfig& config, const Model& start);

/// The layers of the configuration, or those of `start`. A start that takes tables keeps its preparation, to which its
/// layers belong.
[[nodiscard]] Model make_model(const TrainConfig& config, const Model* start);

/// The weights of `start`, or of the file of --init, for the layers that fit; notes say which. Throws Error: usage (no layer
/// fits), data (the file).
void take_weights(Model& model, const TrainConfig& config, const Model* start);

/// Layers that the start did not train stay as they are, unless --freeze says which do. A note names them.
void freeze(Model& model, const TrainConfig& config);

/// Compiles the model with losses, metrics, optimizer and threshold. Throws Error{usage} if they do not fit its outputs.
void compile(Model& model, const TrainConfig& config, const TrainingRows& rows, const Model* start);

}  // namespace millrace::cli
