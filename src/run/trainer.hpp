// SPDX-License-Identifier: Apache-2.0
//
// A compiled network and its training state, over all calls of fit().
#pragma once

#include "run/run_host.hpp"
#include "run/training_state.hpp"
#include "step/compiled_network.hpp"

namespace millrace {

/// Throws Error{usage} for options that no run takes, whatever its network and its rows are.
void check_options(const FitOptions& options);

class Trainer {
 public:
  Trainer(const Network& network, ParameterStore& store, const CompileOptions& options, const MetricView& view = {})
      : compiled_(network, store, options, view) {}

  /// Trains on `data`, which is checked and prepared; validates on `validation` unless it is null. The options are
  /// checked, and their precision is the name of one. Begins with the store's weights at the position state(), which is not
  /// zero for a resumed run.
  ///
  /// After an exception between two steps, the weights are those of the last step and the trainer can be used again.
  /// After an exception within a step broken() is true, because the step has updated only a part of the optimizer's
  /// state. The weights are then those from before fit(). A run that writes a checkpoint keeps no copy of them: its
  /// weights are partly updated too.
  History fit(const Dataset& data, const Dataset* validation, const FitOptions& options, RunHost& host);

  [[nodiscard]] bool broken() const { return broken_; }
  /// Sets the learning rate from the next step on; the optimizer's state stays.
  void set_learning_rate(double rate);

  [[nodiscard]] TrainingState& state() { return state_; }
  [[nodiscard]] const TrainingState& state() const { return state_; }
  [[nodiscard]] CompiledNetwork& compiled() { return compiled_; }
  [[nodiscard]] const CompiledNetwork& compiled() const { return compiled_; }

 private:
  CompiledNetwork compiled_;
  TrainingState state_;
  bool broken_ = false;
};

}  // namespace millrace
