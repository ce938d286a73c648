// SPDX-License-Identifier: Apache-2.0
#include "network/network.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "network/most_layers.hpp"
#include "ops/activations/activation.hpp"
#include "ops/initializers/initializer.hpp"

namespace millrace {

namespace {

// Adds the layer's name in this network and the shapes of its inputs to the layer's own error.
LayerSignature signature_of(const NetworkNode& node, const std::map<std::string, int>& ids) {
  try {
    return node.layer->signature(node.input_shapes);
  } catch (const Error& error) {
    if (node.inputs.size() < 2 && node.name.starts_with(node.config.op)) throw;
    std::string given;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      for (const auto& [name, id] : ids) {
        if (id == node.inputs[i]) given += (given.empty() ? "" : ", ") + name + " " + shape_text(node.input_shapes[i]);
      }
    }
    fail(error.kind(), node.name, std::string(error.what()) + "; its inputs are " + given);
  }
}

void check_size(const std::string& who, const std::string& what, const Shape& shape, std::int64_t most) {
  if (element_count(shape) <= most) return;
  double count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<double>(extent);
  fail(ErrorKind::usage, who,
       "shape " + shape_text(shape) + " is " + number_text(count) + " " + what + ", expected at most " +
           std::to_string(most));
}

void check_sizes(const std::string& layer, const LayerSignature& signature, std::int64_t most_parameters) {
  for (const ParameterSpec& spec : signature.parameters) {
    check_size(layer, "parameters of its " + spec.name, spec.shape, most_parameters);
    most_parameters -= element_count(spec.shape);
  }
  check_size(layer, "numbers of a sample", signature.output, most_numbers);
}

std::int64_t readers_of(const std::vector<NetworkNode>& nodes, int value) {
  std::int64_t readers = 0;
  for (const NetworkNode& node : nodes) readers += std::count(node.inputs.begin(), node.inputs.end(), value);
  return readers;
}

void freeze(ParameterSpec& spec) {
  spec.trainable = false;
  spec.l1 = spec.l2 = spec.max_norm = 0;
}

}  // namespace

Network::Network(const NetworkDescription& description, std::int64_t most)
    : inputs_(description.inputs), categories_(inputs_.size()), semantics_(description.semantics) {
  if (description.layers.empty()) fail(ErrorKind::usage, "model", "no layers, expected at least one");
  check_layer_count(description.layers.size());
  std::map<std::string, int> ids;
  const auto claim = [&](const std::string& name) {
    if (!ids.emplace(name, static_cast<int>(ids.size())).second)
      fail(ErrorKind::usage, "model", "two inputs or layers have the name '" + name + "', expected different names");
  };
  for (const NetworkInput& input : inputs_) {
    claim(input.name);
    check_size(input.name, "numbers of a sample", input.shape, most_numbers);
  }
  for (const GraphLayer& given : description.layers) {
    const LayerRow& row = layer_row(given.layer.op);
    NetworkNode node;
    node.config = LayerConfig(completed(given.layer, row, semantics_));
    node.layer = row.make(node.config, semantics_);
    node.name = given.name;
    if (node.name.empty() || given.inputs.empty())
      fail(ErrorKind::usage, node.config.op, "a layer without name or inputs, expected both");
    for (const std::string& input : given.inputs) {
      const auto at = ids.find(input);
      if (at == ids.end())
        fail(ErrorKind::usage, node.name,
             "input '" + input +
                 "' is neither an input of the model nor a layer before this one, expected one of these");
      node.inputs.push_back(at->second);
    }
    for (const int input : node.inputs) node.input_shapes.push_back(value_shape(input));
    LayerSignature signature = signature_of(node, ids);
    if (node.layer->categories() > 0 && node.inputs[0] >= std::ssize(inputs_)) {
      fail(ErrorKind::usage, node.name,
           "its input is the output of a layer, expected an input of the model, whose columns hold categories");
    }
    limit_categories(node);
    check_sizes(node.name, signature, std::min(most, most_numbers) - weight_count_);
    node.output = std::move(signature.output);
    node.trainable = given.trainable;
    for (ParameterSpec& spec : signature.parameters) {
      if (!node.trainable) freeze(spec);
      check_initializer(spec.initializer);
      const std::int64_t size = element_count(spec.shape);
      node.parameters.push_back(static_cast<int>(parameters_.size()));
      parameters_.push_back({node.name + "/" + spec.name, std::move(spec), weight_count_, size});
      weight_count_ += size;
    }
    claim(node.name);
    nodes_.push_back(std::move(node));
  }
  find_outputs(description.outputs);
  find_members();
}

void Network::limit_categories(const NetworkNode& node) {
  const std::int64_t count = node.layer->categories();
  if (count == 0) return;
  for (const int input : node.inputs) {
    if (input >= input_count()) continue;
    std::int64_t& least = categories_[input];
    least = least == 0 ? count : std::min(least, count);
  }
}

void Network::find_outputs(const std::vector<std::string>& names) {
  const auto is_read = [&](int node) { return readers_of(nodes_, input_count() + node) > 0; };
  if (names.size() < 2) {
    const int last = static_cast<int>(nodes_.size()) - 1;
    output_shape_ = nodes_.back().output;
    outputs_.push_back({last, 0, element_count(output_shape_), false});
    return;
  }
  std::int64_t width = 0;
  for (const std::string& name : names) {
    const auto at =
        std::find_if(nodes_.begin(), nodes_.end(), [&](const NetworkNode& node) { return node.name == name; });
    if (at == nodes_.end())
      fail(ErrorKind::usage, "model", "output '" + name + "' is no layer of the model, expected one of its layers");
    if (at->output.size() != 1)
      fail(ErrorKind::usage, name,
           "one of several outputs has shape " + shape_text(at->output) +
               ", expected a vector: put a flatten layer after it");
    const int node = static_cast<int>(at - nodes_.begin());
    outputs_.push_back({node, width, at->output[0], is_read(node)});
    width += at->output[0];
  }
  output_shape_ = {width};
}

void Network::find_members() {
  for (const NetworkNode& node : nodes_) {
    if (!node.layer->ends_ensemble()) continue;
    if (&node != &nodes_.back() || outputs_.size() > 1)
      fail(ErrorKind::usage, node.name,
           "the layer ends an ensemble, and it is not the only output of the model, expected ensemble = false, or no "
           "layer and no output beside it");
    std::int64_t width = 0;
    for (const int input : node.inputs) {
      const int member = input - input_count();
      if (member < 0 || readers_of(nodes_, input) > 1)
        fail(ErrorKind::usage, node.name,
             "'" + (member < 0 ? inputs_[input].name : nodes_[member].name) + "' is no member of an ensemble: " +
                 (member < 0 ? "it is an input" : "it is read twice") + ", expected layers that nothing else reads");
      if (node.output.size() != 1)
        fail(ErrorKind::usage, node.name,
             "members have shape " + shape_text(node.output) + ", expected vectors: put flatten layers before it");
      members_.push_back({member, width, node.output[0], false});
      width += node.output[0];
    }
  }
}

std::vector<char> Network::with_ancestors(std::vector<char> marked) const {
  for (int node = static_cast<int>(nodes_.size()) - 1; node >= 0; --node) {
    for (const int input : nodes_[node].inputs) marked[input] |= marked[input_count() + node];
  }
  return marked;
}

const Shape& Network::value_shape(int id) const {
  const auto index = static_cast<std::size_t>(id);
  return index < inputs_.size() ? inputs_[index].shape : nodes_[index - inputs_.size()].output;
}

std::int64_t Network::input_width() const {
  std::int64_t width = 0;
  for (const NetworkInput& input : inputs_) width += element_count(input.shape);
  return width;
}

std::int64_t Network::trainable_count() const {
  std::int64_t count = 0;
  for (const NetworkParameter& parameter : parameters_) count += parameter.spec.trainable ? parameter.size : 0;
  return count;
}

std::vector<float> Network::initial_values(int parameter, std::uint64_t seed) const {
  std::string_view hidden;  // activation of the first layer that has one; some initializers depend on it
  for (const NetworkNode& node : nodes_) {
    const Activation* const activation = node.layer->activation();
    if (hidden.empty() && activation != nullptr && !activation->is_linear()) hidden = activation->name();
  }
  const ParameterSpec& spec = parameters_[parameter].spec;
  std::vector<float> values(element_count(spec.shape));
  initialize(spec.initializer, {spec.shape, spec.fan_in, spec.fan_out, hidden},
             Random(seed, RandomStream::initial_weights, static_cast<std::uint64_t>(parameter)), values);
  return values;
}

NetworkDescription Network::description() const {
  NetworkDescription description{inputs_, {}, semantics_, {}};
  for (const NetworkNode& node : nodes_) {
    GraphLayer plain{node.name, node.config, {}, node.trainable};
    for (const int input : node.inputs) {
      const auto index = static_cast<std::size_t>(input);
      plain.inputs.push_back(index < inputs_.size() ? inputs_[index].name : nodes_[index - inputs_.size()].name);
    }
    description.layers.push_back(std::move(plain));
  }
  if (outputs_.size() > 1) {
    for (std::size_t i = 0; i < outputs_.size(); ++i) description.outputs.push_back(output_name(i));
  }
  return description;
}

void Network::to_onnx(PlainGraph& graph, const ParameterValues& values, std::span<const std::string> input_names,
                      const std::string& output_name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    names.push_back(i < input_names.size() ? input_names[i] : inputs_[i].name);
  for (const NetworkNode& node : nodes_) {
    OnnxSite site{&node == &nodes_.back() ? output_name : node.name, {}, {}};
    for (const int input : node.inputs) site.inputs.push_back(names[input]);
    for (const int index : node.parameters) {
      const NetworkParameter& parameter = parameters_[index];
      const Axes& axes = parameter.spec.onnx_axes;
      const Shape& shape = parameter.spec.shape;
      site.parameters.push_back(axes.empty() ? graph.add_constant(parameter.name, shape, values(index))
                                             : graph.add_constant(parameter.name, permuted(shape, axes),
                                                                  permuted(values(index), shape, axes)));
    }
    node.layer->to_onnx(graph, site, node.input_shapes);
    names.push_back(site.name);
  }
}

std::string Network::summary() const {
  const auto pad = [](std::string text, std::size_t width) {
    text.resize(std::max(width, text.size() + 1), ' ');
    return text;
  };
  std::string text = pad("layer", 28) + pad("output", 20) + "parameters\n";
  for (const NetworkInput& input : inputs_) text += pad(input.name, 28) + pad(shape_text(input.shape), 20) + "0\n";
  for (const NetworkNode& node : nodes_) {
    std::int64_t count = 0;
    for (const int index : node.parameters) count += parameters_[index].size;
    std::string title = node.name;
    if (const Activation* const activation = node.layer->activation();
        activation != nullptr && !activation->is_linear())
      title += " (" + activation->text() + ")";
    text += pad(title, 28) + pad(shape_text(node.output), 20) + std::to_string(count) + "\n";
  }
  text += "total: " + std::to_string(weight_count_) + " parameters, " + std::to_string(trainable_count()) +
          " trainable, " + std::to_string(weight_count_ * std::int64_t{sizeof(float)}) + " bytes\n";
  return text;
}

}  // namespace millrace
