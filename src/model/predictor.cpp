// SPDX-License-Identifier: Apache-2.0
#include "model/predictor.hpp"

#include <algorithm>

#include "threads/cpu_budget.hpp"

namespace millrace {

Predictor::Predictor(const Network& network)
    : network_(&network), version_(network.version()), store_(network), inference_(network, store_, nullptr, {}) {
  store_.load(ParameterStore::weights, network.values());
}

std::optional<Matrix> Predictor::predict(const Dataset& prepared, int threads) {
  const std::int64_t allowed = worker_count(threads);
  const std::int64_t workers = allowed == 1 ? 1 : std::min(allowed, inference_.useful_workers(prepared.rows()));
  Crew crew(static_cast<int>(workers));
  Matrix out(prepared.rows(), network_->output_width());
  bool finite = true;
  crew.run([&](Crew& team) { finite = inference_.predict(team, prepared, out); });
  return finite ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace millrace
