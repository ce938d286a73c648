// SPDX-License-Identifier: Apache-2.0
//
// A compiled network and where its training stands, over all calls of fit(): what a checkpoint needs to go on.
#pragma once

#include "run/state.hpp"
#include "step/compiled_network.hpp"

namespace millrace {

class Trainer {
 public:
  Trainer(const Network& network, ParameterStore& store, const CompileOptions& options)
      : compiled_(network, store, options) {}

  /// Trains `data`, checked and with prepared features; validates on `validation` if not null. Starts with the store's
  /// weights at state(), which is where a resumed run goes on.
  ///
  /// After an exception between two steps the weights are those of the last step, and the trainer can go on. After an
  /// exception within a step broken() is true: the optimizer's state is half of that step's. The weights are those from
  /// before fit(); a run that writes a checkpoint keeps no copy of them, so there they are half of the step's too.
  History fit(const Dataset& data, const Dataset* validation, const FitOptions& options, const RunFiles& files);

  [[nodiscard]] bool broken() const { return broken_; }
  /// Sets the optimizer's rate from the next step on. The optimizer's state stays.
  void set_learning_rate(double rate);
  /// The weights were changed from outside: what the optimizer knows of the loss at the old ones is void.
  void weights_changed();

  [[nodiscard]] RunState& state() { return state_; }
  [[nodiscard]] const RunState& state() const { return state_; }
  [[nodiscard]] CompiledNetwork& compiled() { return compiled_; }
  [[nodiscard]] const CompiledNetwork& compiled() const { return compiled_; }

 private:
  CompiledNetwork compiled_;
  RunState state_;
  bool broken_ = false;
};

}  // namespace millrace
