// SPDX-License-Identifier: Apache-2.0
//
// The loss and the metrics of a network, which evaluation needs; training also needs an optimizer
// (compiled_network.hpp).
#pragma once

#include <memory>

#include "millrace/training.hpp"
#include "network/network.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric_set.hpp"

namespace millrace {

struct Objective {
  /// Throws Error{usage} if the options do not fit the network's outputs.
  Objective(const Network& network, const CompileOptions& options, const MetricView& view = {});

  std::shared_ptr<const Loss> loss;           ///< of the outputs
  std::shared_ptr<const Loss> training_loss;  ///< of the network's trained outputs; usually the same
  MetricSet metrics;
};

}  // namespace millrace
