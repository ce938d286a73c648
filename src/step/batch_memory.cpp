// SPDX-License-Identifier: Apache-2.0
#include "step/batch_memory.hpp"

#include <algorithm>

#include "ops/activations/activation.hpp"

namespace millrace {

namespace {

// Rows of numbers are operands of products; kernels for images want images without gaps.
std::int64_t stride_of(const Shape& shape) {
  return shape.size() > 1 ? element_count(shape) : row_stride(element_count(shape));
}

}  // namespace

bool takes_activation(const Loss* own, const Network& network, const NetworkOutput& output) {
  if (own == nullptr || output.is_read) return false;
  const Activation* const activation = network.nodes()[output.node].layer->activation();
  return activation != nullptr && activation->name() == own->fused_activation();
}

std::vector<char> judged_values(const Network& network, const Loss* loss) {
  std::vector<char> judged(network.value_count(), 0);
  for (std::size_t i = 0; i < network.trained_outputs().size(); ++i)
    judged[network.input_count() + network.trained_outputs()[i].node] =
        loss == nullptr || loss->of_output(i) != nullptr ? 1 : 0;
  return network.with_ancestors(std::move(judged));
}

BatchMemory::BatchMemory(const Network& network, const Loss* loss, std::int64_t batch, bool training)
    : judged_(training ? &network.trained_outputs() : &network.outputs()),
      batch_(batch),
      feature_stride_(row_stride(network.input_width())),
      output_width_(network.output_width()),
      fused_(judged_->size(), 0),
      needs_delta_(network.value_count(), 0) {
  if (training) find_deltas(network, loss);
  place_inputs(network);
  place_outputs(network);
  if (loss == nullptr) return;
  target_width_ = loss->target_width(output_width_);
  targets_ = Buffer(batch * target_width_);
  const std::int64_t members = training && network.is_ensemble() ? std::ssize(judged()) : 0;
  row_weights_ = Buffer((2 + members) * batch);  // [in the loss | in the metrics | in the loss of each member]
  for (std::size_t i = 0; i < fused_.size(); ++i)
    fused_[i] = static_cast<char>(takes_activation(loss->of_output(i), network, judged()[i]));
  if (std::ranges::find(fused_, 1) != fused_.end()) prediction_ = Buffer(batch * output_.stride);
}

void BatchMemory::find_deltas(const Network& network, const Loss* loss) {
  int value = network.input_count();
  for (const NetworkNode& node : network.nodes()) {
    for (const int input : node.inputs) needs_delta_[value] |= needs_delta_[input];
    for (const int parameter : node.parameters)
      needs_delta_[value] |= static_cast<char>(network.parameters()[parameter].spec.trainable);
    ++value;
  }
  // An output that no loss judges, and a layer that leads only to such outputs, has nothing to pass back.
  const std::vector<char> judged = judged_values(network, loss);
  for (value = network.input_count(); value < network.value_count(); ++value) needs_delta_[value] &= judged[value];
}

void BatchMemory::place_inputs(const Network& network) {
  features_ = Buffer(batch_ * feature_stride_);
  std::int64_t column = 0;
  for (const NetworkInput& input : network.inputs()) {
    const std::int64_t width = element_count(input.shape);
    values_.push_back({.data = features_.data() + column, .width = width, .stride = feature_stride_});
    column += width;
  }
}

void BatchMemory::place_outputs(const Network& network) {
  const std::vector<NetworkOutput>& outputs = judged();
  // Several outputs lie side by side, in memory of their own: losses and predictions then see them as one.
  std::vector<const NetworkOutput*> joined(network.value_count(), nullptr);
  if (outputs.size() > 1)
    for (const NetworkOutput& output : outputs) joined[network.input_count() + output.node] = &output;
  const std::int64_t joint_width = outputs.back().first + outputs.back().width,
                     joint_stride = outputs.size() > 1 ? row_stride(joint_width) : 0,
                     joint_floats = round_up(batch_ * joint_stride, cache_line_floats);
  // One value after the other, each at the beginning of a cache line.
  const auto floats = [&](int value) {
    return round_up(batch_ * stride_of(network.value_shape(value)), cache_line_floats);
  };
  std::int64_t activation_floats = joint_floats, delta_floats = 0;
  bool joint_delta = false;
  for (int value = network.input_count(); value < network.value_count(); ++value) {
    joint_delta |= joined[value] != nullptr && needs_delta(value);
    if (joined[value] != nullptr) continue;
    activation_floats += floats(value);
    if (needs_delta(value)) delta_floats += floats(value);
  }
  activations_ = Buffer(activation_floats);
  deltas_ = Buffer(delta_floats + (joint_delta ? joint_floats : 0));
  float *activation = activations_.data() + joint_floats, *delta = deltas_.data() + (joint_delta ? joint_floats : 0);
  for (int value = network.input_count(); value < network.value_count(); ++value) {
    const Shape& shape = network.value_shape(value);
    if (const NetworkOutput* const output = joined[value]; output != nullptr) {
      values_.push_back({.data = activations_.data() + output->first, .width = output->width, .stride = joint_stride});
      if (needs_delta(value)) values_.back().delta = deltas_.data() + output->first;
      continue;
    }
    values_.push_back({.data = activation, .width = element_count(shape), .stride = stride_of(shape)});
    activation += floats(value);
    if (!needs_delta(value)) continue;
    values_.back().delta = delta;
    delta += floats(value);
  }
  const ValueBuffers& first = values_[network.input_count() + outputs[0].node];
  output_ = {first.data, first.stride};
  output_delta_ = {outputs.size() > 1 && joint_delta ? deltas_.data() : first.delta, first.stride};
}

LossBatch BatchMemory::loss_batch(IndexRange rows, bool weighted) {
  const auto from_first = [&](StridedRows<float> all) { return StridedRows<float>{all.row(rows.begin), all.stride}; };
  LossBatch batch;
  batch.rows = rows.size();
  batch.outputs = output_width_;
  batch.output = from_first(output());
  batch.target = from_first(targets());
  if (weighted) batch.weights = weights() + rows.begin;
  if (fused_loss()) batch.prediction = from_first(prediction());
  return batch;
}

std::int64_t BatchMemory::floats() const {
  return features_.size() + targets_.size() + row_weights_.size() + activations_.size() + deltas_.size() +
         prediction_.size();
}

}  // namespace millrace
