// SPDX-License-Identifier: Apache-2.0
#include "step/compiled_network.hpp"

#include "step/loss_inputs.hpp"

namespace millrace {

CompiledNetwork::CompiledNetwork(Network& compiled, const CompileOptions& options)
    : network(compiled),
      loss(make_loss(options.loss, network.semantics())),
      optimizer(make_optimizer(options.optimizer, network.semantics())),
      schedule(options.schedule),
      pace(options.pace),
      store(network),
      updater(network, store, *optimizer, options.update) {
  if (const Lbfgs* const search = optimizer->line_search(); search != nullptr)
    lbfgs = std::make_unique<LbfgsMinimizer>(network, store, updater.gradient_buffer(), *search, options.update);
  check_outputs(network, *loss);
  metrics = MetricSet(options.metrics, network.output_width(), loss->target_width(network.output_width()));
}

}  // namespace millrace
