// SPDX-License-Identifier: Apache-2.0
//
// A step that gave numbers which are not finite, as a file: the checkpoint of the state before it, and its batch.
//   tensors   those of a checkpoint, failure/features, failure/targets, failure/weights and failure/folds (if rows have
//             them), failure/rows (their numbers in the table, from 0)
//   metadata  those of a checkpoint, and failure: JSON
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/files/checkpoint.hpp"
#include "run/run_host.hpp"

namespace millrace {

/// Writes the file, atomically. `source`: the name of the table.
void write_failure(const std::string& path, const Model::State& state, const RunOrigin& origin,
                   const FitOptions& options, const FailedStep& step, const std::string& source);

struct Replay {
  std::int64_t epoch = 0, step = 0;  ///< from 1
  double learning_rate = 0, loss = 0;
  std::vector<std::int64_t> rows;  ///< of the batch, in the table, from 0
  std::string source;              ///< the table
  std::string place;               ///< the first numbers that are not finite; empty: there are none
  bool same_bits = false;          ///< whether loss and weights after the step have the bits of the run
  std::string other_kernels;       ///< the first difference to the kernels of the run; empty: none
};

/// Repeats the step of such a file. Throws Error{data} for any other file.
[[nodiscard]] Replay replay_failure(const std::string& path, int threads);

}  // namespace millrace
