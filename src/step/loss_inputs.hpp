// SPDX-License-Identifier: Apache-2.0
//
// What a loss and its metrics take: outputs of the right kind, and data that means something to them.
#pragma once

#include "millrace/data.hpp"
#include "network/network.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric_set.hpp"

namespace millrace {

/// Throws Error{usage} for a network that gives the loss what it does not take: it would train all the same, towards
/// nothing.
void check_outputs(const Network& network, const Loss& loss);
/// Throws unless `data`, prepared or not, whose extents fit, has finite features, and targets and weights that loss and
/// metrics of a model with so many outputs can be made of: shapes (usage), numbers (data).
void check_data(const Dataset& data, const char* what, std::int64_t outputs, const Loss& loss,
                const MetricSet& metrics);

}  // namespace millrace
