// SPDX-License-Identifier: Apache-2.0
//
// A run's whole state as one safetensors file:
//   metadata  format, model (the card), run (options, position, history), checksum
//   tensors   <parameter>, optimizer/<buffer>/<parameter>, callbacks/<callback>/<parameter>, preparation/mean,
//             preparation/scale, epoch/<rows that metrics wait for>
// The run's "model_tensors" is the prefix of what the model of a finished run is made of; what is not trained (moving
// statistics) has no average, and is under its own name. Times make two files of the same run differ, in the metadata.
#pragma once

#include <string>

#include "model/state.hpp"

namespace millrace {

/// Writes the state of the run at this moment, atomically. `rows`: how many of the epoch are done.
void save_checkpoint(const std::string& path, const Model::State& state, const std::string& identity,
                     std::int64_t rows);

/// Writes the model with these weights, which it had after `epochs` epochs, without what a run needs to go on.
void save_model(const std::string& path, const Model::State& state, std::span<const float> weights,
                std::int64_t epochs);

/// Puts `state` where the run in the file was, if there is a file. Throws Error{usage} naming what differs when the
/// file's run has another identity, Error{data} for a damaged file.
void resume_checkpoint(const std::string& path, Model::State& state, const std::string& identity);

/// Reads the model of a checkpoint: description, preparation, and the weights the run ended with, those of a finished
/// run with averages or a best epoch included.
void read_checkpoint(const std::string& path, Model::State& state);
/// Reads where the run of a checkpoint stands. Throws Error{data}.
[[nodiscard]] RunState read_run(const std::string& path);

}  // namespace millrace
