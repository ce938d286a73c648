// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx.hpp"

#include <algorithm>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/finite.hpp"
#include "export/onnx_file.hpp"
#include "millrace/error.hpp"
#include "model/files/export_verification.hpp"

namespace millrace {

namespace {

constexpr const char* card_key = "millrace.model";

// Names of the nodes that prepare input number `index`.
std::string preparation_prefix(const Network& network, std::size_t index) {
  return network.inputs().size() == 1 ? "preparation/" : "preparation/" + network.inputs()[index].name + "/";
}

PlainGraph graph_of(const Model::State& state) {
  const Network& network = *state.network;
  PlainGraph graph;
  std::vector<std::string> inputs;
  for (const NetworkInput& input : network.inputs()) {
    graph.inputs.push_back({input.name, input.shape});
    inputs.push_back(input.name);
  }
  for (std::size_t i = 0; i < inputs.size() && !state.preparation.mean.empty(); ++i) {
    if (network.categories(i) > 0) continue;
    const std::string prefix = preparation_prefix(network, i);
    const std::vector<std::int64_t>& columns = state.card.columns[i];
    const Preparation part = state.preparation.select(columns, std::vector<bool>(columns.size()));
    graph.add_constant(prefix + "mean", {std::ssize(columns)}, part.mean);
    graph.add_constant(prefix + "scale", {std::ssize(columns)}, part.scale);
    graph.add("Sub", prefix + "centered", {inputs[i], prefix + "mean"});
    inputs[i] = graph.add("Div", prefix + "scaled", {prefix + "centered", prefix + "scale"});
  }
  network.to_onnx(
      graph, [&](int parameter) { return state.store->values(parameter); }, inputs, exported_output);
  graph.outputs.push_back({exported_output, network.output_shape()});
  graph.metadata[card_key] = card_to_json(state.card);
  return graph;
}

}  // namespace

void write_model(const std::string& path, const Model::State& state) {
  static_cast<void>(state.with_weights("export"));
  if (const std::string parameter = state.store->first_non_finite(); !parameter.empty())
    fail(ErrorKind::non_finite, "export", parameter + " is not finite, expected finite numbers");
  const std::string bytes = serialize_onnx(graph_of(state));
  verify_export(state, [&] { return parse_onnx(bytes, path); });
  write_file_atomically(path, bytes);
}

void read_model(const std::string& path, Model::State& state) {
  PlainGraph graph = read_onnx(path);
  const auto card = graph.metadata.find(card_key);
  if (card == graph.metadata.end()) {
    fail(ErrorKind::data, path,
         std::string("the model has no metadata '") + card_key + "', expected a model written by millrace");
  }
  state.card = card_from_json(card->second, path);
  std::int64_t numbers = 0;
  for (const auto& constant : graph.constants) numbers += std::ssize(constant.second.values);
  state.use(network_of_file(path, state.card, numbers));
  const auto take = [&](const std::string& name, std::span<float> into) {
    const auto at = graph.constants.find(name);
    if (at == graph.constants.end() || at->second.values.size() != into.size())
      fail(ErrorKind::data, path,
           "no constant '" + name + "' of " + std::to_string(into.size()) +
               " numbers, expected it as the metadata describes it");
    if (!all_finite(at->second.values.data(), std::ssize(at->second.values)))
      fail(ErrorKind::data, path, "constant '" + name + "' is not finite, expected finite numbers");
    std::copy(at->second.values.begin(), at->second.values.end(), into.begin());
  };
  for (int p = 0; p < std::ssize(state.network->parameters()); ++p) {
    const NetworkParameter& parameter = state.network->parameters()[p];
    std::vector<float> values(static_cast<std::size_t>(parameter.size));
    take(parameter.name, values);
    state.store->set_values(p, values);
  }
  // Columns that no input has scaled: as if they had mean 0 and deviation 1.
  for (std::size_t i = 0; i < state.network->inputs().size(); ++i) {
    const std::string prefix = preparation_prefix(*state.network, i);
    if (!graph.constants.contains(prefix + "mean")) continue;
    const std::vector<std::int64_t>& columns = state.card.columns[i];
    std::vector<float> mean(columns.size()), scale(columns.size());
    take(prefix + "mean", mean);
    take(prefix + "scale", scale);
    if (std::find(scale.begin(), scale.end(), 0.0F) != scale.end())
      fail(ErrorKind::data, path, "constant '" + prefix + "scale' divides by 0, expected other numbers");
    state.preparation.mean.resize(static_cast<std::size_t>(state.card.feature_columns), 0.0F);
    state.preparation.scale.resize(static_cast<std::size_t>(state.card.feature_columns), 1.0F);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      state.preparation.mean[columns[c]] = mean[c];
      state.preparation.scale[columns[c]] = scale[c];
    }
  }
  state.update_inputs();
  // The metadata is a promise about the graph: a graph that another tool has changed is not what it describes.
  const PlainGraph described = graph_of(state);
  const bool same = std::equal(described.nodes.begin(), described.nodes.end(), graph.nodes.begin(), graph.nodes.end(),
                               [](const GraphNode& a, const GraphNode& b) {
                                 return a.op == b.op && a.inputs == b.inputs && a.outputs == b.outputs &&
                                        a.attributes == b.attributes;
                               }) &&
                    std::all_of(described.constants.begin(), described.constants.end(), [&](const auto& constant) {
                      const auto at = graph.constants.find(constant.first);
                      return at != graph.constants.end() && at->second.shape == constant.second.shape &&
                             at->second.values == constant.second.values &&
                             at->second.integers == constant.second.integers;
                    });
  if (!same)
    fail(ErrorKind::data, path,
         "the graph is not the one that its metadata describes, expected a file that no other program has changed");
}

}  // namespace millrace
