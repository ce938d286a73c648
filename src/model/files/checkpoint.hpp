// SPDX-License-Identifier: Apache-2.0
//
// The whole state of a run as one safetensors file:
//   metadata  format and millrace.checkpoint (checkpoint_format.hpp), millrace (the program's version), model (the
//             card), run (options, position, history), checksum
//   tensors   <parameter>, optimizer/<buffer>/<parameter>, callbacks/<callback>/<parameter>, preparation/mean,
//             preparation/scale, epoch/<rows that metrics wait for>, run/history (if it is too long for the metadata)
// The run's "model_tensors" is the prefix of the tensors that make the model of a finished run: its averages or its best
// epoch. Moving statistics have no average; they are under their own names. Times make two files of the same run differ,
// in the metadata.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "millrace/checkpoint.hpp"
#include "model/state.hpp"
#include "store/tensor_file.hpp"

namespace millrace {

/// Where a run comes from.
struct RunOrigin {
  std::string identity;                                    ///< JSON (identity.hpp)
  std::vector<std::pair<std::string, std::string>> about;  ///< FitOptions::about
};

/// Writes the present state of the run, atomically. `rows`: number of rows of the epoch that are done.
void write_run(const std::string& path, const Model::State& state, const RunOrigin& origin, std::int64_t rows);

/// The bytes of the file that write_run() writes; `path` stands for it in messages.
[[nodiscard]] std::vector<std::byte> bytes_of_run(const std::string& path, const Model::State& state,
                                                  const RunOrigin& origin, std::int64_t rows);

/// Writes the model with the weights that it had after `epochs` epochs, without the state that resuming needs.
void save_model(const std::string& path, const Model::State& state, std::span<const float> weights,
                std::int64_t epochs);

/// The model with its present weights as a checkpoint without a run. The tensors are read from `state` when they are
/// written. Throws Error{usage} if the model has no weights.
[[nodiscard]] TensorFile tensors_of_model(const Model::State& state);

/// The tensors and metadata that write_run() writes.
[[nodiscard]] TensorFile tensors_of_run(const Model::State& state, const RunOrigin& origin, std::int64_t rows);

/// Sets `state` to the run in the file `path` or, if that is damaged, in the newest sound one of the checkpoints before it
/// (checkpoint_files.hpp). Returns false if there is none of them. With options.change a run goes on with those
/// differences that allow it; options.on_note gets a sentence for each, and for a file that was skipped. Throws
/// Error{usage}, which names the difference, if the run has another identity or other kernels; Error{data} if every file
/// is damaged.
bool resume_checkpoint(const std::string& path, Model::State& state, const std::string& identity,
                       const FitOptions& options);

/// Sets weights, optimizer state and position of `state`, which has the network and a trainer, to those of the run in
/// `file`. A buffer that the optimizer of the run did not have keeps its values if `other_optimizer`.
void read_run_state(const TensorFile& file, const std::string& path, Model::State& state, bool other_optimizer);

/// Sets the optimizer's state to that of a checkpoint, for each parameter that has the same name and shape there, and
/// returns the number of those parameters.
int read_optimizer_state(const std::string& path, Model::State& state);

/// The run of a checkpoint: where it stands and where it comes from. Both are empty for a model without a run.
struct RecordedRun {
  TrainingState state;
  RunOrigin origin;
};

/// Reads the model of a checkpoint: description, preparation, and the weights with which the run ended, averages or
/// those of a best epoch included.
void read_checkpoint(const std::string& path, Model::State& state);
/// The same from tensors; `name` stands for the file in messages. Returns the run, which it reads for the weights.
RecordedRun read_checkpoint(const TensorFile& file, const std::string& name, Model::State& state);

/// The tensors and metadata of a checkpoint file. Throws Error{data}, also for another file and an unknown format.
[[nodiscard]] TensorFile open_checkpoint(const std::string& path);
/// The description of its model; `name` stands for the file in messages. Throws Error{data}.
[[nodiscard]] ModelCard card_of(const TensorFile& file, const std::string& name);

/// `name` stands for the file in messages. Throws Error{data}.
[[nodiscard]] RecordedRun read_recorded_run(const TensorFile& file, const std::string& name);

/// What read_checkpoint_run() gives, of a run and the description of its model that are read already.
[[nodiscard]] CheckpointRun describe_recorded_run(const RecordedRun& run, const ModelCard& card);

}  // namespace millrace
