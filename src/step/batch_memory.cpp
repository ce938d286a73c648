// SPDX-License-Identifier: Apache-2.0
#include "step/batch_memory.hpp"

namespace millrace {

namespace {

// Rows of numbers are operands of products; kernels for images want images without gaps.
std::int64_t stride_of(const Shape& shape) {
  return shape.size() > 1 ? element_count(shape) : row_stride(element_count(shape));
}

}  // namespace

BatchMemory::BatchMemory(const Network& network, const Loss* loss, std::int64_t batch, bool training)
    : batch_(batch), feature_stride_(row_stride(network.input_width())), needs_delta_(network.value_count(), 0) {
  if (training) find_deltas(network);
  place_inputs(network);
  place_outputs(network);
  if (loss == nullptr) return;
  target_width_ = loss->target_width(network.output_width());
  targets_ = Buffer(batch * target_width_);
  row_weights_ = Buffer(2 * batch);  // [in the loss | in the metrics]
  fused_ = !loss->fused_activation().empty() && network.nodes().back().layer->activation() == loss->fused_activation();
  if (fused_) prediction_ = Buffer(batch * values_.back().stride);
}

void BatchMemory::find_deltas(const Network& network) {
  int value = network.input_count();
  for (const NetworkNode& node : network.nodes()) {
    for (const int input : node.inputs) needs_delta_[value] |= needs_delta_[input];
    for (const int parameter : node.parameters)
      needs_delta_[value] |= static_cast<char>(network.parameters()[parameter].spec.trainable);
    ++value;
  }
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
  // One value after the other, each at the beginning of a cache line.
  const auto floats = [&](int value) {
    return round_up(batch_ * stride_of(network.value_shape(value)), cache_line_floats);
  };
  std::int64_t activation_floats = 0, delta_floats = 0;
  for (int value = network.input_count(); value < network.value_count(); ++value) {
    activation_floats += floats(value);
    if (needs_delta(value)) delta_floats += floats(value);
  }
  activations_ = Buffer(activation_floats);
  deltas_ = Buffer(delta_floats);
  float *activation = activations_.data(), *delta = deltas_.data();
  for (int value = network.input_count(); value < network.value_count(); ++value) {
    const Shape& shape = network.value_shape(value);
    values_.push_back({.data = activation, .width = element_count(shape), .stride = stride_of(shape)});
    activation += floats(value);
    if (!needs_delta(value)) continue;
    values_.back().delta = delta;
    delta += floats(value);
  }
}

std::int64_t BatchMemory::floats() const {
  return features_.size() + targets_.size() + row_weights_.size() + activations_.size() + deltas_.size() +
         prediction_.size();
}

}  // namespace millrace
