// SPDX-License-Identifier: Apache-2.0
//
// A network with its objective and everything that updates its weights.
#pragma once

#include <memory>

#include "ops/optimizers/optimizer.hpp"
#include "step/lbfgs.hpp"
#include "step/objective.hpp"
#include "step/parameter_store.hpp"
#include "step/updater.hpp"

namespace millrace {

struct CompiledNetwork {
  /// Adds the optimizer's buffers to `weights`; the destructor removes them. Throws Error{usage} if the options do not fit
  /// the network or one another.
  CompiledNetwork(const Network& compiled, ParameterStore& weights, const CompileOptions& options,
                  const MetricView& view = {});
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
  std::unique_ptr<LbfgsMinimizer> lbfgs;  ///< null: the updater changes the weights
};

}  // namespace millrace
