// SPDX-License-Identifier: Apache-2.0
//
// The whole state of a run as one safetensors file:
//   metadata  format and millrace.checkpoint (checkpoint_format.hpp), millrace (the program's version), model (the
//             card), run (options, position, history), checksum
//   tensors   <parameter>, optimizer/<buffer>/<parameter>, callbacks/<callback>/<parameter>, preparation/mean,
//             preparation/scale, epoch/<rows that metrics wait for>
// The run's "model_tensors" is the prefix of the tensors that make the model of a finished run: its averages or its best
// epoch. Moving statistics have no average; they are under their own names. Times make two files of the same run differ,
// in the metadata.
#pragma once

#include <string>

#include "model/state.hpp"
#include "store/tensor_file.hpp"

namespace millrace {

/// Writes the present state of the run, atomically. `rows`: number of rows of the epoch that are done.
void write_run(const std::string& path, const Model::State& state, const std::string& identity, std::int64_t rows);

/// Writes the model with the weights that it had after `epochs` epochs, without the state that resuming needs.
void save_model(const std::string& path, const Model::State& state, std::span<const float> weights,
                std::int64_t epochs);

/// The model with its present weights as a checkpoint without a run. The tensors are read from `state` when they are
/// written. Throws Error{usage} if the model has no weights.
[[nodiscard]] TensorFile tensors_of_model(const Model::State& state);

/// Sets `state` to the run in the file, if the file exists. Throws Error{usage}, which names the difference, if the run
/// has another identity; Error{data} for a damaged file.
void resume_checkpoint(const std::string& path, Model::State& state, const std::string& identity);

/// Reads the model of a checkpoint: description, preparation, and the weights with which the run ended, averages or
/// those of a best epoch included.
void read_checkpoint(const std::string& path, Model::State& state);
/// The same from tensors; `name` stands for the file in messages.
void read_checkpoint(const TensorFile& file, const std::string& name, Model::State& state);

/// The tensors and metadata of a checkpoint file. Throws Error{data}, also for another file and an unknown format.
[[nodiscard]] TensorFile open_checkpoint(const std::string& path);
/// The description of its model, and the position of its run; `name` stands for the file in messages. Throw Error{data}.
[[nodiscard]] ModelCard card_of(const TensorFile& file, const std::string& name);
[[nodiscard]] TrainingState read_run(const TensorFile& file, const std::string& name);

}  // namespace millrace
