// SPDX-License-Identifier: Apache-2.0
//
// A network with all that moves its weights and says how good they are: what runs train and evaluations measure.
#pragma once

#include <memory>
#include <utility>

#include "millrace/training.hpp"
#include "network/network.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric_set.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "step/lbfgs.hpp"
#include "step/parameter_store.hpp"
#include "step/updater.hpp"

namespace millrace {

struct CompiledNetwork {
  /// Throws Error{usage} where the options do not fit the network or one another.
  CompiledNetwork(Network& compiled, const CompileOptions& options);
  CompiledNetwork(const CompiledNetwork&) = delete;
  CompiledNetwork& operator=(const CompiledNetwork&) = delete;

  /// Between the network's flat buffer and the store.
  void load_weights() { store.load(ParameterStore::weights, std::as_const(network).values()); }
  void save_weights() { store.save(ParameterStore::weights, network.values()); }

  Network& network;
  const std::shared_ptr<const Loss> loss;
  const std::shared_ptr<const Optimizer> optimizer;
  const OpConfig schedule;
  const PaceOptions pace;
  ParameterStore store;
  Updater updater;
  std::unique_ptr<LbfgsMinimizer> lbfgs;  ///< null: the updater moves the weights
  MetricSet metrics;
};

}  // namespace millrace
