// SPDX-License-Identifier: Apache-2.0
#include "model/files/quantized_measure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "export/graph_evaluator.hpp"
#include "millrace/metrics.hpp"
#include "model/files/graph_rows.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric_set.hpp"

namespace millrace {

// At most `most` rows, evenly spread.
Dataset some_rows(const Dataset& data, std::int64_t most) {
  Dataset some = data;
  const std::int64_t rows = data.rows(), count = std::min(rows, most);
  some.selection.clear();
  for (std::int64_t r = 0; r < count; ++r) some.selection.push_back(data.table_row(r * rows / count));
  return some;
}

Matrix outputs_of_graph(const Model::State& state, const PlainGraph& whole, const Dataset& rows) {
  const PlainGraph graph = from_features(whole, state.card);
  Matrix outputs(rows.rows(), state.network->output_width());
  for (std::int64_t first = 0; first < rows.rows(); first += graph_rows) {
    const std::int64_t count = std::min(graph_rows, rows.rows() - first);
    const std::vector<DoubleTensor> parts =
        evaluate_graph(graph, feature_values(state, rows, first, count), Arithmetic::rounded);
    std::int64_t column = 0;
    for (const DoubleTensor& part : parts) {
      const std::int64_t width = std::ssize(part.values) / count;
      for (std::int64_t i = 0; i < std::ssize(part.values); ++i)
        outputs.row(first + i / width)[column + i % width] = static_cast<float>(part.values[i]);
      column += width;
    }
  }
  return outputs;
}

double largest_difference(const Matrix& a, const Matrix& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) {
    const double difference = std::abs(static_cast<double>(a.values()[i]) - static_cast<double>(b.values()[i]));
    if (std::isfinite(a.values()[i]))
      largest = std::max(largest, std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
  }
  return largest;
}

namespace {

// The metrics that decide, for outputs and targets in their own unit: the first one of the model, or all those of several
// outputs.
class Measure {
 public:
  Measure(const Model::State& state, const Objective& objective)
      : outputs_(state.network->output_width()), targets_(objective.loss->target_width(outputs_)) {
    if (!state.card.compiled.outputs.empty()) {
      metrics_ = objective.metrics;
      return;
    }
    std::vector<MetricConfig> configs = state.card.compiled.metrics;
    const bool numbers = objective.loss->targets() == TargetKind::numbers;
    if (configs.empty()) configs = {numbers ? "mean_absolute_error" : "accuracy"};
    configs.resize(1);
    metrics_ = MetricSet(configs, outputs_, targets_, {.threshold = state.card.threshold},
                         state.card.compiled.weighted_metrics);
  }

  [[nodiscard]] std::vector<NamedValue> of(const Matrix& outputs, const Dataset& data) const {
    std::vector<float> targets, weights;
    for (std::int64_t r = 0; r < data.rows(); ++r) {
      const float* const row = data.targets.row(data.table_row(r));
      targets.insert(targets.end(), row, row + targets_);
      if (metrics_.weights_of(data.weights) != nullptr) weights.push_back(data.weights[data.table_row(r)]);
    }
    const MetricBatch rows{data.rows(),
                           outputs_,
                           targets_,
                           {outputs.view().data, outputs_},
                           {targets.data(), targets_},
                           weights.empty() ? nullptr : weights.data()};
    std::vector<double> sums(metrics_.state_size());
    std::vector<float> scratch(metric_scratch(outputs_));
    metrics_.add(rows, sums.data(), nullptr, 0, scratch.data());
    return metrics_.results(sums, rows);
  }
  /// The share by which a metric is worse; NaN if one of the values is.
  [[nodiscard]] double loss(const std::string& metric, double full, double quantized) const {
    const double worse = metrics_.find(metric)->larger_is_better() ? full - quantized : quantized - full;
    return worse <= 0 ? 0 : worse / std::abs(full);
  }

 private:
  std::int64_t outputs_, targets_;
  MetricSet metrics_;
};

}  // namespace

MetricLoss compare_metrics(const Model::State& state, const PlainGraph& graph, const Dataset& data, const char* who) {
  constexpr std::int64_t most_measured_rows = 10000;
  const Dataset rows = some_rows(data, most_measured_rows);
  const Measure metrics(state, *state.objective(who));
  const Matrix full = outputs_of(state, rows), small = outputs_of_graph(state, graph, rows);
  MetricLoss found{
      .metric = {}, .share = -1, .largest_difference = largest_difference(full, small), .rows = rows.rows()};
  const std::vector<NamedValue> before = metrics.of(full, rows), after = metrics.of(small, rows);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double share = metrics.loss(before[i].name, before[i].value, after[i].value);
    if (share <= found.share) continue;  // not so for NaN
    found.metric = before[i].name;
    found.full = before[i].value;
    found.quantized = after[i].value;
    found.share = share;
    if (std::isnan(share)) break;
  }
  return found;
}

}  // namespace millrace
