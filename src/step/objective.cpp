// SPDX-License-Identifier: Apache-2.0
#include "step/objective.hpp"

#include "millrace/error.hpp"
#include "step/loss_inputs.hpp"

namespace millrace {

Objective::Objective(const Network& network, const CompileOptions& options, std::shared_ptr<const TargetUnit> unit)
    : loss(make_loss(options.loss, network.semantics())) {
  check_outputs(network, *loss);
  const std::int64_t targets = loss->target_width(network.output_width());
  if (unit && targets != network.output_width())
    fail(ErrorKind::usage, options.loss.op,
         "the targets of this loss are not numbers, one per output, which could be scaled; expected a loss of numbers, "
         "or no scale");
  metrics = MetricSet(options.metrics, network.output_width(), targets, std::move(unit), options.weighted_metrics);
}

}  // namespace millrace
