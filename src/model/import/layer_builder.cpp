// SPDX-License-Identifier: Apache-2.0
#include "model/import/layer_builder.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "millrace/layers.hpp"
#include "ops/activations/activation.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

namespace {

bool has_linear_units(const LayerConfig& layer) {
  if (layer.op != Dense::op && layer.op != Conv2d::op) return false;
  const auto activation = layer.options.find("activation");
  return activation == layer.options.end() || activation->second == OptionValue(std::string("linear"));
}

}  // namespace

void ImportedValue::simplify() {
  if (is_whole() && std::ranges::is_sorted(order)) order.clear();
}

std::vector<double> ImportedValue::ordered(const std::vector<double>& values, double otherwise) const {
  std::vector<double> moved(static_cast<std::size_t>(element_count(ours)), otherwise);
  for (std::size_t i = 0; i < values.size(); ++i)
    moved.at(static_cast<std::size_t>(place(static_cast<std::int64_t>(i)))) = values[i];
  return moved;
}

std::string LayerBuilder::add(LayerConfig layer, std::vector<std::string> inputs) {
  layer = resolved(layer);
  std::string name;
  do name = layer.op + "_" + std::to_string(++numbers_[layer.op]);
  while (is_input(name));
  to_.network.layers.push_back({name, std::move(layer), std::move(inputs)});
  return name;
}

GraphLayer* LayerBuilder::find(const std::string& layer) {
  const auto at = std::ranges::find(to_.network.layers, layer, &GraphLayer::name);
  return at == to_.network.layers.end() ? nullptr : &*at;
}

bool LayerBuilder::is_input(const std::string& name) const {
  return std::ranges::find(to_.network.inputs, name, &NetworkInput::name) != to_.network.inputs.end();
}

ImportedValue LayerBuilder::as_vector(ImportedValue value) {
  if (value.ours.size() == 1) return value;
  value.layer = add(Flatten{}, {value.layer});
  value.ours = {element_count(value.ours)};
  return value;
}

std::optional<ImportedValue> LayerBuilder::as_image(ImportedValue value) {
  if (value.file.size() != 3) return std::nullopt;
  const std::vector<std::int64_t> wanted = channels_last_order(value.file);
  std::vector<std::int64_t> order = value.order;
  if (order.empty()) {
    order.resize(wanted.size());
    std::iota(order.begin(), order.end(), 0);
  }
  if (order != wanted) {
    // Columns of a table can be read in any order, if no layer has read them yet.
    const bool fresh = value.order.empty() && is_input(value.layer) &&
                       std::ranges::none_of(to_.network.layers, [&](const GraphLayer& node) {
                         return std::ranges::find(node.inputs, value.layer) != node.inputs.end();
                       });
    if (!fresh) return std::nullopt;
    const auto input = std::ranges::find(to_.network.inputs, value.layer, &NetworkInput::name);
    std::vector<std::int64_t>& columns = to_.columns[static_cast<std::size_t>(input - to_.network.inputs.begin())];
    const std::vector<std::int64_t> before = columns;
    for (std::size_t i = 0; i < wanted.size(); ++i) columns[static_cast<std::size_t>(wanted[i])] = before[i];
  }
  value.order = wanted;
  const Shape image{value.file[1], value.file[2], value.file[0]};
  if (value.ours != image) value.layer = add(Reshape{.shape = image}, {value.layer});
  value.ours = image;
  return value;
}

bool LayerBuilder::fold_affine(const std::string& layer, const std::vector<double>& scale,
                               const std::vector<double>& offset) {
  GraphLayer* const node = find(layer);
  if (node == nullptr || !has_linear_units(node->layer)) return false;
  const std::size_t units = scale.size();
  std::vector<float>& kernel = to_.weights.at(layer + "/kernel");
  for (std::size_t i = 0; i < kernel.size(); ++i)
    kernel[i] = static_cast<float>(static_cast<double>(kernel[i]) * scale[i % units]);
  const bool moved = std::ranges::any_of(offset, [](double value) { return value != 0; });
  const bool had_bias = to_.weights.contains(layer + "/bias");
  if (!moved && !had_bias) return true;
  std::vector<float>& bias = to_.weights[layer + "/bias"];
  bias.resize(units);
  for (std::size_t i = 0; i < units; ++i)
    bias[i] = static_cast<float>(static_cast<double>(bias[i]) * scale[i] + offset[i]);
  node->layer.options["use_bias"] = true;
  return true;
}

bool LayerBuilder::keep_units(const std::string& layer, const std::vector<std::int64_t>& units) {
  GraphLayer* const node = find(layer);
  const bool read = std::ranges::any_of(to_.network.layers, [&](const GraphLayer& other) {
    return std::ranges::find(other.inputs, layer) != other.inputs.end();
  });
  if (node == nullptr || node->layer.op != Dense::op || read) return false;
  if (make_layer(node->layer, Semantics::keras)->activation()->normalizes_rows()) return false;
  const auto keep = [&](std::vector<float>& values, std::size_t all) {
    std::vector<float> kept;
    for (std::size_t row = 0; row < values.size(); row += all)
      for (const std::int64_t unit : units) kept.push_back(values.at(row + static_cast<std::size_t>(unit)));
    values = std::move(kept);
  };
  const auto all = static_cast<std::size_t>(std::get<std::int64_t>(node->layer.options.at("units")));
  keep(to_.weights.at(layer + "/kernel"), all);
  if (const auto bias = to_.weights.find(layer + "/bias"); bias != to_.weights.end()) keep(bias->second, all);
  node->layer.options["units"] = std::ssize(units);
  return true;
}

bool LayerBuilder::fold_activation(const std::string& layer, const std::string& text) {
  GraphLayer* const node = find(layer);
  if (node == nullptr || !has_linear_units(node->layer)) return false;
  node->layer.options["activation"] = text;
  return true;
}

std::vector<std::int64_t> channels_last_order(const Shape& s) {
  std::vector<std::int64_t> order;
  for (std::int64_t c = 0; c < s[0]; ++c) {
    for (std::int64_t place = 0; place < s[1] * s[2]; ++place) order.push_back(place * s[0] + c);
  }
  return order;
}

}  // namespace millrace
