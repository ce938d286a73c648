// SPDX-License-Identifier: Apache-2.0
//
// The functions through which a run writes its files. The model provides them, because files contain its description.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "step/batch.hpp"
#include "step/parameter_store.hpp"

namespace millrace {

/// A step that fails, in the state before it.
struct FailedStep {
  const BatchSource& batch;
  std::int64_t epoch = 0, step = 0;  ///< from 1
  double learning_rate = 0;
  std::optional<double> momentum;
  std::string result;  ///< result_of_step() of it
};

/// A checksum over the loss of a step and the weights after it.
[[nodiscard]] std::string result_of_step(double loss, const ParameterStore& store);

struct FileWriters {
  /// Writes the present state. Waits for a write that has begun.
  std::function<void()> save_checkpoint;
  /// Takes a copy of the present state, which is written while the run goes on. Throws what the write before it threw.
  std::function<void()> begin_checkpoint;
  /// Whether a write that has begun is not done yet.
  std::function<bool()> is_writing;
  /// Sets weights, optimizer state and position to those of the checkpoint that this run saved last or was resumed from.
  /// Returns false if there is none.
  std::function<bool()> load_checkpoint;
  /// Writes a model with `weights`, those after `epochs` epochs.
  std::function<void(const std::string& path, std::span<const float> weights, std::int64_t epochs)> write_model;
  /// Writes the state and the batch to a file, from which the step can be repeated. Returns its path, empty for none.
  std::function<std::string(const FailedStep&)> write_failure;
};

}  // namespace millrace
