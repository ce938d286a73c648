// SPDX-License-Identifier: Apache-2.0
#include "run/layer_recorder.hpp"

#include <algorithm>
#include <cmath>

namespace millrace {

namespace {

std::vector<int> recorded_nodes(const Network& network) {
  std::vector<int> recorded;
  for (int i = 0; i < std::ssize(network.nodes()); ++i) {
    const NetworkNode& node = network.nodes()[i];
    if (!node.parameters.empty() || DeadUnits::can_be_in(node)) recorded.push_back(i);
  }
  return recorded;
}

std::vector<std::vector<int>> parameters_of(const Network& network, const std::vector<int>& nodes) {
  std::vector<std::vector<int>> parameters;
  for (const int node : nodes) {
    const auto& own = network.nodes()[node].parameters;
    parameters.emplace_back(own.begin(), own.end());
  }
  return parameters;
}

}  // namespace

bool records_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t distance) {
  if (epoch == epochs) return true;
  if ((epoch - 1) % distance != 0) return false;
  constexpr std::int64_t all = 128;
  const std::int64_t number = (epoch - 1) / distance + 1;
  std::int64_t step = 1;
  while (number > all * step) step *= 2;
  return number % step == 0;
}

std::int64_t record_distance(std::int64_t weights, std::int64_t rows, std::int64_t epochs) {
  // Rarely more than 512 epochs are recorded. 32 million weights are recorded in a tenth of a second.
  constexpr std::int64_t enough_rows = 1024, most_records = 512, free_weights = 32'000'000;
  if (weights * std::min(epochs, most_records) <= free_weights) return 1;
  return ceil_div(enough_rows, std::max<std::int64_t>(1, rows));
}

LayerRecorder::LayerRecorder(CompiledNetwork& compiled, const Dataset& data, int workers)
    : compiled_(compiled),
      nodes_(recorded_nodes(compiled.network)),
      squares_(compiled.network.parameters().size()),
      weights_(compiled.store, parameters_of(compiled.network, nodes_)),
      dead_(compiled, data, workers) {}

void LayerRecorder::before_step(Crew& crew) {
  weights_.keep(crew);
  // A line search computes several gradients in a step.
  if (compiled_.lbfgs) return;
  std::ranges::fill(squares_, 0.0);
  compiled_.updater.sum_squares_to(squares_);
}

std::vector<LayerRecord> LayerRecorder::after_step(Crew& crew) {
  compiled_.updater.sum_squares_to({});
  weights_.measure(crew);
  dead_.count(crew);
  std::vector<LayerRecord> records;
  for (std::size_t layer = 0; layer < nodes_.size(); ++layer) records.push_back(record_of(layer));
  return records;
}

LayerRecord LayerRecorder::record_of(std::size_t layer) const {
  const NetworkNode& node = compiled_.network.nodes()[nodes_[layer]];
  const WeightSurvey::Layer& weights = weights_.of(layer);
  LayerRecord record;
  record.layer = node.name;
  record.units = dead_.units(nodes_[layer]);
  record.dead_units = dead_.dead_units(nodes_[layer]);
  if (weights.weights == 0) return record;
  record.weights = weights.weights;
  record.weight_norm = weights.norm;
  record.update_norm = weights.update_norm;
  if (!weights.counts.empty()) {
    record.low = weights.low;
    record.high = weights.high;
    record.counts = weights.counts;
  }
  if (!node.trainable || compiled_.lbfgs) return record;
  double squares = 0;
  for (const int parameter : node.parameters) squares += squares_[parameter];
  record.gradient_norm = std::sqrt(squares);
  return record;
}

}  // namespace millrace
