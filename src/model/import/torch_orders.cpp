// SPDX-License-Identifier: Apache-2.0
#include "model/import/torch_orders.hpp"

#include <algorithm>
#include <numeric>

#include "millrace/layers.hpp"
#include "millrace/layers_join.hpp"

namespace millrace {

namespace {

// By place in (height, width, channels), the place in (channels, height, width); empty if that is the same.
std::vector<std::int64_t> channels_first(const Shape& image) {
  std::vector<std::int64_t> order;
  const std::int64_t plane = image[0] * image[1], channels = image[2];
  if (plane == 1 || channels == 1) return order;
  for (std::int64_t pixel = 0; pixel < plane; ++pixel)
    for (std::int64_t channel = 0; channel < channels; ++channel) order.push_back(channel * plane + pixel);
  return order;
}

TorchOrder side_by_side(const std::vector<TorchOrder>& parts, const std::vector<Shape>& shapes) {
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i]) return std::nullopt;
    const std::int64_t first = std::ssize(order);
    std::vector<std::int64_t> part = *parts[i];
    if (part.empty()) {
      part.resize(static_cast<std::size_t>(element_count(shapes[i])));
      std::iota(part.begin(), part.end(), std::int64_t{0});
    }
    for (const std::int64_t place : part) order.push_back(first + place);
  }
  return std::ranges::is_sorted(order) ? std::vector<std::int64_t>() : order;
}

TorchOrder order_of(const NetworkNode& node, const std::vector<TorchOrder>& inputs) {
  if (node.output.size() != 1)
    return std::vector<std::int64_t>();  // images and vectors: their channels are the last axis
  if (node.config.op == Dense::op) return std::vector<std::int64_t>();
  if (node.input_shapes[0].size() == 3 && node.config.op == Flatten::op) return channels_first(node.input_shapes[0]);
  if (node.input_shapes[0].size() != 1) return std::vector<std::int64_t>();
  if (node.config.op == Concatenate::op) return side_by_side(inputs, node.input_shapes);
  const bool same = std::ranges::all_of(inputs, [&](const TorchOrder& each) { return each == inputs[0]; });
  return same ? inputs[0] : std::nullopt;
}

}  // namespace

std::vector<TorchOrder> torch_orders(const Network& network) {
  std::vector<TorchOrder> orders(static_cast<std::size_t>(network.input_count()), TorchOrder(std::in_place));
  for (const NetworkNode& node : network.nodes()) {
    std::vector<TorchOrder> inputs;
    for (const int input : node.inputs) inputs.push_back(orders[static_cast<std::size_t>(input)]);
    orders.push_back(order_of(node, inputs));
  }
  return orders;
}

}  // namespace millrace
