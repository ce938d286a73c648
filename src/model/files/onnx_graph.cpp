// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx_graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "base/finite.hpp"
#include "model/files/card.hpp"
#include "model/files/onnx_format.hpp"
#include "model/files/onnx_serving.hpp"
#include "ops/axes.hpp"

namespace millrace {

namespace {

using nlohmann::json;

constexpr const char* scaled_output = "target/scaled";  // of a network that was trained on scaled targets

// Names of the nodes and constants that prepare input number `index` begin with this.
std::string preparation_prefix(const Network& network, std::size_t index) {
  return network.inputs().size() == 1 ? "preparation/" : "preparation/" + network.inputs()[index].name + "/";
}

// Adds the preparation of input number `index`; returns the name of the prepared input.
std::string add_preparation(PlainGraph& graph, const Model::State& state, std::size_t index) {
  const Network& network = *state.network;
  const std::string& input = network.inputs()[index].name;
  if (state.preparation.mean.empty() || network.categories(index) > 0) return input;
  const std::string prefix = preparation_prefix(network, index);
  const std::vector<std::int64_t>& columns = state.card.columns[index];
  const Preparation part = state.preparation.select(columns, std::vector<bool>(columns.size()));
  graph.add_constant(prefix + "mean", {std::ssize(columns)}, part.mean);
  graph.add_constant(prefix + "scale", {std::ssize(columns)}, part.scale);
  graph.add("Sub", prefix + "centered", {input, prefix + "mean"});
  return graph.add("Div", prefix + "scaled", {prefix + "centered", prefix + "scale"});
}

// The numbers of a graph by name.
class GraphValues {
 public:
  GraphValues(const PlainGraph& graph, const std::string& file) : graph_(graph), file_(file) {
    const auto text = graph.metadata.find(parameters_key);
    if (text == graph.metadata.end()) return;
    try {
      const json lists = json::parse(text->second);
      for (const auto& [name, list] : lists.items())
        for (const double value : list.get<std::vector<double>>()) metadata_[name].push_back(in_single(value));
    } catch (const json::exception& error) {
      fail(ErrorKind::data, file_,
           std::string("metadata '") + parameters_key +
               "' cannot be read, expected lists of numbers by name: " + error.what());
    }
  }

  [[nodiscard]] bool has(const std::string& name) const { return graph_.constants.contains(name); }
  [[nodiscard]] std::int64_t count() const {
    std::int64_t numbers = 0;
    for (const auto& [name, tensor] : graph_.constants) numbers += std::ssize(tensor.values);
    for (const auto& [name, values] : metadata_) numbers += std::ssize(values);
    return numbers;
  }
  /// The numbers of a constant of this shape.
  [[nodiscard]] const std::vector<float>& take(const std::string& name, const Shape& shape) const {
    const auto constant = graph_.constants.find(name);
    const auto listed = metadata_.find(name);
    const std::vector<float>* values = nullptr;
    if (constant != graph_.constants.end() && constant->second.shape == shape) values = &constant->second.values;
    if (listed != metadata_.end()) values = &listed->second;
    if (values == nullptr || std::ssize(*values) != element_count(shape))
      fail(ErrorKind::data, file_,
           "no constant '" + name + "' of shape " + shape_text(shape) + ", expected it as the metadata describe it");
    if (!all_finite(values->data(), std::ssize(*values)))
      fail(ErrorKind::data, file_, "constant '" + name + "' is not finite, expected finite numbers");
    return *values;
  }

 private:
  // Infinite where a float cannot hold the number; take() refuses it.
  static float in_single(double value) {
    const bool fits = std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max());
    return fits ? static_cast<float>(value) : std::numeric_limits<float>::infinity();
  }

  const PlainGraph& graph_;
  const std::string& file_;
  std::map<std::string, std::vector<float>> metadata_;
};

void set_weights(const GraphValues& values, Model::State& state) {
  for (int p = 0; p < std::ssize(state.network->parameters()); ++p) {
    const NetworkParameter& parameter = state.network->parameters()[static_cast<std::size_t>(p)];
    const Axes& axes = parameter.spec.onnx_axes;
    if (axes.empty()) {
      state.store->set_values(p, values.take(parameter.name, parameter.spec.shape));
    } else {
      const Shape stored = permuted(parameter.spec.shape, axes);
      state.store->set_values(p, permuted(values.take(parameter.name, stored), stored, inverse(axes)));
    }
  }
}

// Columns of inputs that the graph does not prepare keep mean 0 and deviation 1.
void set_preparation(const GraphValues& values, const std::string& file, Model::State& state) {
  for (std::size_t i = 0; i < state.network->inputs().size(); ++i) {
    const std::string prefix = preparation_prefix(*state.network, i);
    if (!values.has(prefix + "mean")) continue;
    const std::vector<std::int64_t>& columns = state.card.columns[i];
    const std::vector<float>& mean = values.take(prefix + "mean", {std::ssize(columns)});
    const std::vector<float>& scale = values.take(prefix + "scale", {std::ssize(columns)});
    if (std::ranges::find(scale, 0.0F) != scale.end())
      fail(ErrorKind::data, file, "constant '" + prefix + "scale' divides by 0, expected other numbers");
    state.preparation.mean.resize(static_cast<std::size_t>(state.card.feature_columns), 0.0F);
    state.preparation.scale.resize(static_cast<std::size_t>(state.card.feature_columns), 1.0F);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      state.preparation.mean[static_cast<std::size_t>(columns[c])] = mean[c];
      state.preparation.scale[static_cast<std::size_t>(columns[c])] = scale[c];
    }
  }
}

}  // namespace

PlainGraph graph_of(const Model::State& state, const OnnxOptions& options) {
  const Network& network = *state.network;
  const std::string output = scores_name(network, options);
  PlainGraph graph;
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < network.inputs().size(); ++i) {
    graph.inputs.push_back({network.inputs()[i].name, network.inputs()[i].shape});
    inputs.push_back(add_preparation(graph, state, i));
  }
  const std::string last = state.card.target_scale ? scaled_output : output;
  network.to_onnx(
      graph, [&](int parameter) { return state.store->values(parameter); }, inputs, last);
  if (state.card.target_scale) state.card.target_scale->to_onnx(graph, scaled_output, output);
  graph.outputs.push_back({output, network.output_shape()});
  graph.metadata[model_key] = card_to_json(state.card);
  move_unread_constants(graph);
  add_serving(state, options, graph);
  return graph;
}

void set_model(const PlainGraph& graph, const std::string& name, Model::State& state) {
  const GraphValues values(graph, name);
  state.card = card_from_json(graph.metadata.at(model_key), name);
  state.use(network_of_file(name, state.card, values.count()));
  set_weights(values, state);
  set_preparation(values, name, state);
  state.update_inputs();
}

}  // namespace millrace
