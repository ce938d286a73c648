// SPDX-License-Identifier: Apache-2.0
//
// What a run asks of the model that it trains: files, which contain the model's description, and rows that change with the
// epoch. RunHost itself is that of a run without both.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/working_folder.hpp"
#include "step/batch.hpp"

namespace millrace {

/// A step that fails, in the state before it.
struct FailedStep {
  const BatchSource& batch;
  std::int64_t epoch = 0, step = 0;  ///< from 1
  double learning_rate = 0;
  std::optional<double> momentum;
  std::string result;  ///< result_of_step() of it
};

class RunHost {
 public:
  RunHost() = default;
  RunHost(const RunHost&) = delete;
  RunHost& operator=(const RunHost&) = delete;
  virtual ~RunHost() = default;

  /// The working folder when the run began, to which relative paths of its files belong.
  [[nodiscard]] const WorkingFolder& folder() const { return folder_; }

  /// Called before the first step of each epoch, also of one that is resumed or repeated, when nothing is left that could
  /// refuse the run. `epoch`: from 0, over all runs.
  virtual void begin_epoch(std::uint64_t /*epoch*/) {}
  /// Called after the last step of each epoch.
  virtual void end_epoch() {}

  /// Writes the present state. Waits for a write that has begun.
  virtual void save_checkpoint() {}
  /// Takes a copy of the present state, which is written while the run goes on. Throws what the write before it threw.
  virtual void begin_checkpoint() {}
  /// Whether a write that has begun is not done yet.
  [[nodiscard]] virtual bool is_writing() const { return false; }
  /// Sets weights, optimizer state and position to those of the checkpoint that this run saved last or was resumed from.
  /// Returns false if there is none.
  virtual bool load_checkpoint() { return false; }
  /// Writes a model with `weights`, those after `epochs` epochs.
  virtual void write_model(const std::string& /*path*/, std::span<const float> /*weights*/, std::int64_t /*epochs*/) {}
  /// Writes the state and the batch to FitOptions::failure, from which the step can be repeated.
  virtual void write_failure(const FailedStep& /*step*/) {}

 private:
  const WorkingFolder folder_;
};

}  // namespace millrace
