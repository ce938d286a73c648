// SPDX-License-Identifier: Apache-2.0
//
// How good a network is: its loss and its metrics. Evaluating needs no more; training adds an optimizer
// (compiled_network.hpp).
#pragma once

#include <memory>

#include "millrace/training.hpp"
#include "network/network.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric_set.hpp"

namespace millrace {

struct Objective {
  /// Throws Error{usage} where the options do not fit the network's outputs.
  Objective(const Network& network, const CompileOptions& options);

  std::shared_ptr<const Loss> loss;
  MetricSet metrics;
};

}  // namespace millrace
