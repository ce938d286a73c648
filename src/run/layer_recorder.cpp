// SPDX-License-Identifier: Apache-2.0
#include "run/layer_recorder.hpp"

#include <algorithm>
#include <cmath>

#include "step/gradient_scales.hpp"
#include "table/batches.hpp"

namespace millrace {

namespace {

constexpr std::int64_t most_rows = 256, least_rows = 32, share_of_rows = 8;
constexpr std::size_t histogram_bins = 32, most_counted = 1 << 16;

bool can_be_dead(const NetworkNode& node) {
  const std::string activation = node.layer->activation();
  return activation == "relu" || activation == "relu6";
}

// Channels of an image come last, so that the places of a channel are one unit.
std::int64_t units_of(const NetworkNode& node) { return node.output.empty() ? 1 : node.output.back(); }

void add_histogram(const std::vector<float>& values, LayerRecord& record) {
  const auto [least, most] = std::ranges::minmax(values);
  if (!std::isfinite(least) || !std::isfinite(most)) return;
  record.low = least;
  record.high = most;
  record.counts.assign(histogram_bins, 0);
  const double scale = most > least ? static_cast<double>(histogram_bins) / (record.high - record.low) : 0;
  const std::size_t distance = (values.size() + most_counted - 1) / most_counted;
  for (std::size_t i = 0; i < values.size(); i += distance) {
    const auto bin = static_cast<std::size_t>((values[i] - record.low) * scale);
    record.counts[std::min(bin, histogram_bins - 1)] += 1;
  }
}

}  // namespace

bool records_epoch(std::int64_t epoch, std::int64_t epochs) {
  constexpr std::int64_t all = 128;
  std::int64_t distance = 1;
  while (epoch > all * distance) distance *= 2;
  return epoch % distance == 0 || epoch == epochs;
}

LayerRecorder::LayerRecorder(CompiledNetwork& compiled, const Dataset& data)
    : compiled_(compiled), squares_(compiled.network.parameters().size()) {
  const std::vector<NetworkNode>& nodes = compiled.network.nodes();
  for (int i = 0; i < std::ssize(nodes); ++i) {
    if (!nodes[i].parameters.empty() || can_be_dead(nodes[i])) nodes_.push_back(i);
  }
  if (std::ranges::any_of(nodes, can_be_dead)) sample_rows(data);
}

void LayerRecorder::sample_rows(const Dataset& data) {
  const std::int64_t count = data.rows();
  rows_ = std::min({count, most_rows, std::max(least_rows, count / share_of_rows)});
  plan_ = std::make_unique<Plan>(compiled_.network, compiled_.store, nullptr, PlanOptions{.batch = rows_});
  scratch_.reserve(1, plan_->worker_scratch());
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < rows_; ++i) rows.push_back(data.table_row(i * count / rows_));
  gather_rows(data.features, rows, plan_->features().data, plan_->features().stride);
}

void LayerRecorder::before_step() {
  const Buffer& weights = compiled_.store.buffer(ParameterStore::weights);
  before_.assign(weights.data(), weights.data() + weights.size());
  // A line search computes several gradients in a step.
  if (compiled_.lbfgs) return;
  std::ranges::fill(squares_, 0.0);
  compiled_.updater.sum_squares_to(squares_);
}

std::vector<LayerRecord> LayerRecorder::after_step() {
  compiled_.updater.sum_squares_to({});
  std::vector<LayerRecord> records;
  for (const int number : nodes_) {
    const NetworkNode& node = compiled_.network.nodes()[number];
    LayerRecord& record = records.emplace_back();
    record.layer = node.name;
    if (!node.parameters.empty()) measure_weights(node, record);
  }
  if (plan_ != nullptr) count_dead_units(records);
  return records;
}

void LayerRecorder::measure_weights(const NetworkNode& node, LayerRecord& record) const {
  const float* const weights = compiled_.store.buffer(ParameterStore::weights).data();
  double norm = 0, update = 0, gradient = 0;
  std::vector<float> values, difference;
  for (const int parameter : node.parameters) {
    // What lies between the values of a parameter is zero and stays so.
    const IndexRange extent = compiled_.store.extent(parameter);
    norm += sum_of_squares(weights + extent.begin, extent.size());
    difference.resize(static_cast<std::size_t>(extent.size()));
    for (std::int64_t i = extent.begin; i < extent.end; ++i) difference[i - extent.begin] = weights[i] - before_[i];
    update += sum_of_squares(difference.data(), extent.size());
    gradient += squares_[parameter];
    const std::vector<float> own = compiled_.store.values(parameter);
    values.insert(values.end(), own.begin(), own.end());
  }
  record.weights = std::ssize(values);
  record.weight_norm = std::sqrt(norm);
  record.update_norm = std::sqrt(update);
  if (node.trainable && !compiled_.lbfgs) record.gradient_norm = std::sqrt(gradient);
  add_histogram(values, record);
}

void LayerRecorder::count_dead_units(std::vector<LayerRecord>& records) {
  auto record = records.begin();
  for (int number = 0; number < plan_->kernel_count(); ++number) {
    plan_->kernel(number).forward(0, scratch_.of(0));
    const NetworkNode& node = compiled_.network.nodes()[number];
    if (record == records.end() || record->layer != node.name) continue;
    LayerRecord& counted = *record++;
    if (!can_be_dead(node)) continue;
    const ValueBuffers& output = plan_->values()[compiled_.network.input_count() + number];
    counted.units = units_of(node);
    std::vector<char> lives(static_cast<std::size_t>(counted.units));
    for (std::int64_t r = 0; r < rows_; ++r) {
      const float* const row = output.data + r * output.stride;
      for (std::int64_t c = 0; c < output.width; ++c) lives[c % counted.units] |= static_cast<char>(row[c] != 0);
    }
    counted.dead_units = std::ranges::count(lives, 0);
  }
}

}  // namespace millrace
