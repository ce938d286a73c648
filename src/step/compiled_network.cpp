// SPDX-License-Identifier: Apache-2.0
#include "step/compiled_network.hpp"

namespace millrace {

CompiledNetwork::CompiledNetwork(const Network& compiled, ParameterStore& weights, const CompileOptions& options,
                                 const MetricView& view)
    : network(compiled),
      store(weights),
      objective(network, options, view),
      optimizer(make_optimizer(options.optimizer, network.semantics())),
      schedule(options.schedule),
      pace(options.pace),
      updater(network, store, *optimizer, options.update) {
  if (const Lbfgs* const search = optimizer->line_search(); search != nullptr)
    lbfgs = std::make_unique<LbfgsMinimizer>(network, store, updater.gradient_buffer(), *search, options.update);
}

}  // namespace millrace
