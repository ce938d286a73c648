// SPDX-License-Identifier: Apache-2.0
//
// A compiled network and where its training stands, over all calls of fit(): what a checkpoint needs to go on.
#pragma once

#include <string>

#include "run/state.hpp"
#include "step/compiled_network.hpp"

namespace millrace {

class Trainer {
 public:
  Trainer(Network& network, const CompileOptions& options) : compiled_(network, options) {}

  /// Throws unless `data`, prepared or not, whose extents fit, has finite features, and targets and weights to be
  /// trained or evaluated on: shapes (usage), numbers (data).
  void check(const Dataset& data, const char* what) const;
  /// Trains `data`, checked and with prepared features; validates on `validation` when not null. Starts with the
  /// network's weights at state(), which is where a resumed run goes on.
  History fit(const Dataset& data, const Dataset* validation, const FitOptions& options, const RunFiles& files);

  /// Of the network's weights; while fit() runs, of the weights of that moment.
  [[nodiscard]] Evaluation evaluate(const Dataset& data, int threads);
  [[nodiscard]] std::string describe_plan(std::int64_t batch, GemmChoice gemm);

  /// Whether fit() has begun to change weights and has not come to its end. After an exception out of a step it never
  /// will: the state is half of that step's.
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] RunState& state() { return state_; }
  [[nodiscard]] CompiledNetwork& compiled() { return compiled_; }

 private:
  CompiledNetwork compiled_;
  RunState state_;
  bool running_ = false;
};

}  // namespace millrace
