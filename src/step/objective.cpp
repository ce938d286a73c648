// SPDX-License-Identifier: Apache-2.0
#include "step/objective.hpp"

#include "step/loss_inputs.hpp"

namespace millrace {

Objective::Objective(const Network& network, const CompileOptions& options)
    : loss(make_loss(options.loss, network.semantics())) {
  check_outputs(network, *loss);
  metrics = MetricSet(options.metrics, network.output_width(), loss->target_width(network.output_width()));
}

}  // namespace millrace
