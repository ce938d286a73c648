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
#include "base/utf8.hpp"
#include "model/files/card.hpp"
#include "model/files/onnx_format.hpp"
#include "model/files/onnx_serving.hpp"
#include "model/files/table_graph.hpp"
#include "ops/axes.hpp"

namespace millrace {

namespace {

using nlohmann::json;

constexpr const char* scaled_output = "target/scaled";  // of a network that was trained on scaled targets

// Names of the nodes and constants that prepare input number `index` begin with this.
std::string preparation_prefix(const Network& network, std::size_t index) {
  return network.inputs().size() == 1 ? "preparation/" : "preparation/" + network.inputs()[index].name + "/";
}

// Adds the standardisation of input number `index`, whose value is called `input`; returns the name of the result.
std::string add_preparation(PlainGraph& graph, const Model::State& state, std::size_t index, const std::string& input) {
  const Network& network = *state.network;
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
  GraphValues(const PlainGraph& graph, const std::string& file, const ModelCard& card)
      : graph_(graph), file_(file), names_(card) {
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

  [[nodiscard]] bool has(const std::string& name) const { return graph_.constants.contains(names_.of(name)); }
  [[nodiscard]] std::int64_t count() const {
    std::int64_t numbers = 0;
    for (const auto& [name, tensor] : graph_.constants) numbers += std::ssize(tensor.values);
    for (const auto& [name, values] : metadata_) numbers += std::ssize(values);
    return numbers;
  }
  /// The numbers of a constant of this shape.
  [[nodiscard]] const std::vector<float>& take(const std::string& name, const Shape& shape) const {
    const auto constant = graph_.constants.find(names_.of(name));
    const auto listed = metadata_.find(names_.of(name));
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
  const InnerNames names_;
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

// Adds a label beside the scores if outputs are classes. Returns the names of the outputs as JSON.
std::string add_table_outputs(const ModelCard& card, const OnnxOptions& options, const InnerNames& names,
                              PlainGraph& body, std::vector<GraphValue>& outputs) {
  const GraphValue scores = outputs.at(0);
  json by_role{{"scores", scores.name}};
  const Answer answer = answer_of(card, scores.shape);
  if (answer.is_class()) {
    const std::string label = names.free_output(options.label_name);
    const bool is_default = options.label_name == OnnxOptions().label_name;
    if (is_default && label == scores.name)
      fail(ErrorKind::usage, "export",
           "the scores have the name '" + label +
               "', which the output with the class has, expected another name for one of them");
    if (options.label_name.empty() || (!is_default && (label != options.label_name || label == scores.name)))
      fail(ErrorKind::usage, "export",
           "the label has the name '" + options.label_name +
               "', expected a name that no column, layer or other output has");
    by_role["label"] = label;
    add_label(answer, scores.name, label, body);
    std::ranges::move(body.outputs, std::back_inserter(outputs));
  }
  return by_role.dump();
}

// Adds the network, whose nodes go to `body`, with its only output.
void add_output(const Model::State& state, const OnnxOptions& options, const std::vector<std::string>& inputs,
                const InnerNames& names, PlainGraph& body, PlainGraph& graph) {
  const Network& network = *state.network;
  const ModelCard& card = state.card;
  const std::string wanted = scores_name(network, options);
  const std::string output = card.table ? names.free_output(wanted) : wanted;
  if (output != wanted && options.output_name != OnnxOptions().output_name)
    fail(ErrorKind::usage, "export",
         "the output has the name '" + wanted + "', expected a name that no column, layer or other output has");
  const std::string last = card.target_scale ? scaled_output : output;
  network.to_onnx(
      body, [&](int parameter) { return state.store->values(parameter); }, inputs, last);
  if (card.target_scale) card.target_scale->to_onnx(body, scaled_output, output);
  graph.outputs.push_back({output, network.output_shape()});
  if (card.table) graph.metadata[outputs_key] = add_table_outputs(card, options, names, body, graph.outputs);
}

// The same with several outputs, each under the name of its layer.
void add_outputs(const Model::State& state, const OnnxOptions& options, const std::vector<std::string>& inputs,
                 const InnerNames& names, PlainGraph& body, PlainGraph& graph) {
  const Network& network = *state.network;
  if (options.output_name != OnnxOptions().output_name)
    fail(ErrorKind::usage, "export",
         "the model has " + std::to_string(network.outputs().size()) +
             " outputs, which have the names of their layers, expected no other name");
  network.to_onnx(
      body, [&](int parameter) { return state.store->values(parameter); }, inputs, network.nodes().back().name);
  json scores = json::array();
  for (std::size_t i = 0; i < network.outputs().size(); ++i) {
    graph.outputs.push_back({names.of(network.output_name(i)), {network.outputs()[i].width}});
    scores.push_back(graph.outputs.back().name);
  }
  graph.metadata[outputs_key] = json{{"scores", scores}}.dump();
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

// Names that users choose may be those of values within the graph, too.
void require_own_names(const PlainGraph& graph) {
  std::map<std::string, int> values;
  for (const GraphValue& input : graph.inputs) ++values[input.name];
  for (const auto& [name, tensor] : graph.constants) ++values[name];
  for (const GraphNode& node : graph.nodes)
    for (const std::string& output : node.outputs) ++values[output];
  for (const GraphValue& output : graph.outputs) {
    if (values[output.name] > 1)
      fail(ErrorKind::usage, "export",
           "an output has the name '" + output.name + "', which another value of the graph has, expected another name");
  }
}

bool has_label(const Model::State& state) {
  return state.card.table && state.network->outputs().size() == 1 &&
         answer_of(state.card, state.network->output_shape()).is_class();
}

}  // namespace

PlainGraph graph_of(const Model::State& state, const OnnxOptions& options) {
  require_utf8(options.output_name, "export", "the name of the output");
  require_utf8(options.probabilities_name, "export", "the name of the probabilities");
  require_utf8(options.label_name, "export", "the name of the label");
  if (options.label_name != OnnxOptions().label_name && !has_label(state))
    fail(
        ErrorKind::usage, "export",
        std::string("a name for the label of a model that has none: ") +
            (state.card.table ? "it does not tell classes apart, expected one that does, or no name"
                              : "it takes numbers in one tensor, and its file gives scores only, expected a model of a "
                                "table with columns by name, or no name"));
  if (options.probabilities_name != OnnxOptions().probabilities_name && !options.probabilities_name.empty() &&
      !has_probabilities(state.card))
    fail(ErrorKind::usage, "export",
         "a name for the probabilities of a model that has none, expected a model whose scores are logits");
  const Network& network = *state.network;
  const ModelCard& card = state.card;
  const InnerNames names(card);
  PlainGraph graph, body;
  std::vector<std::string> prepared;
  if (card.table) prepared = add_columns(card, names, graph);

  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < network.inputs().size(); ++i) {
    const NetworkInput& input = network.inputs()[i];
    if (!card.table) graph.inputs.push_back({input.name, input.shape});
    const std::string value = card.table ? join_columns(card, i, prepared, body) : input.name;
    inputs.push_back(add_preparation(body, state, i, value));
  }
  body.inputs = graph.inputs;           // append() leaves them out
  if (card.table) body.inputs.clear();  // the network takes what the preparation makes of them
  if (network.outputs().size() > 1)
    add_outputs(state, options, inputs, names, body, graph);
  else
    add_output(state, options, inputs, names, body, graph);
  names.append(std::move(body), graph);
  graph.metadata[model_key] = card_to_json(card);
  move_unread_constants(graph);
  add_serving(state, options, graph);
  require_own_names(graph);
  return graph;
}

void set_model(const PlainGraph& graph, const std::string& name, Model::State& state) {
  std::int64_t numbers = 0;
  for (const auto& [constant, tensor] : graph.constants) numbers += std::ssize(tensor.values);
  state.card = card_from_json(graph.metadata.at(model_key), name, columns_for(numbers));
  const GraphValues values(graph, name, state.card);
  state.use(network_of_file(name, state.card, values.count()));
  set_weights(values, state);
  set_preparation(values, name, state);
  state.update_inputs();
}

}  // namespace millrace
