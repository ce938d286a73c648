// SPDX-License-Identifier: Apache-2.0
//
// A network with everything that moves its weights, and its objective: what a run trains.
#pragma once

#include <memory>

#include "ops/optimizers/optimizer.hpp"
#include "step/lbfgs.hpp"
#include "step/objective.hpp"
#include "step/parameter_store.hpp"
#include "step/updater.hpp"

namespace millrace {

struct CompiledNetwork {
  /// Adds the optimizer's buffers to `weights`, and removes them when destroyed. Throws Error{usage} where the options
  /// do not fit the network or one another.
  CompiledNetwork(const Network& compiled, ParameterStore& weights, const CompileOptions& options);
  ~CompiledNetwork() { store.remove_buffers(); }
  CompiledNetwork(const CompiledNetwork&) = delete;
  CompiledNetwork& operator=(const CompiledNetwork&) = delete;

  const Network& network;
  ParameterStore& store;
  const Objective objective;
  const std::shared_ptr<const Optimizer> optimizer;
  const ScheduleConfig schedule;
  const PaceOptions pace;
  Updater updater;
  std::unique_ptr<LbfgsMinimizer> lbfgs;  ///< null: the updater moves the weights
};

}  // namespace millrace
