// SPDX-License-Identifier: Apache-2.0
#include "millrace/graph.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "millrace/error.hpp"
#include "network/most_layers.hpp"
#include "network/network.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

namespace {

constexpr const char* all_columns = "features";  // name of the default input

std::string in_quotes(const std::string& name) { return "'" + name + "'"; }

// Makes default names, "dense_1": kind and number in the order of definition.
class Names {
 public:
  std::string next(const LayerConfig& layer) {
    const std::string op(layer_row(layer.op).name);
    return op + "_" + std::to_string(++numbers_[op]);
  }

 private:
  std::map<std::string, int> numbers_;
};

// Fills in missing names and inputs.
void complete(Graph& graph) {
  if (graph.layers.empty()) fail(ErrorKind::usage, "model", "no layers, expected at least one");
  if (graph.inputs.empty()) graph.inputs.push_back({.name = all_columns});
  Names names;
  std::string before = graph.inputs.size() == 1 ? graph.inputs[0].name : "";
  for (GraphLayer& layer : graph.layers) {
    layer.layer = resolved(layer.layer);
    if (layer.name.empty()) layer.name = names.next(layer.layer);
    if (layer.inputs.empty()) {
      if (before.empty()) {
        fail(ErrorKind::usage, layer.name,
             "the first layer has no inputs and the model has several, expected one or more of " +
                 join(graph.inputs, ", ", &GraphInput::name));
      }
      layer.inputs.push_back(before);
    }
    before = layer.name;
  }
}

bool is_taken(const Graph& graph, const std::string& name) {
  return std::any_of(graph.layers.begin(), graph.layers.end(),
                     [&](const GraphLayer& layer) { return contains(layer.inputs, name); });
}

void check_names(const Graph& graph) {
  std::set<std::string_view> seen;
  const auto claim = [&](const std::string& name) {
    if (!seen.insert(name).second)
      fail(ErrorKind::usage, "model",
           "two inputs or layers have the name " + in_quotes(name) + ", expected different names");
  };
  // Names become names of values in the exported graph, which also has "output" and parameters ("dense_1/kernel").
  const auto check = [&](const std::string& name, bool last) {
    if (name.find('/') != std::string::npos || (name == exported_output && !last)) {
      fail(ErrorKind::usage, "model",
           in_quotes(name) + " cannot be the name of an input or layer" + (last ? "" : " other than the last") +
               ", expected a name without '/' and other than '" + exported_output +
               "', the output of the exported model");
    }
    claim(name);
  };
  for (const GraphInput& input : graph.inputs) {
    if (input.name.empty()) fail(ErrorKind::usage, "model", "an input has no name, expected one");
    check(input.name, false);
  }
  const bool one_output = graph.outputs.size() < 2;
  for (const GraphLayer& layer : graph.layers) check(layer.name, one_output && !is_taken(graph, layer.name));
  for (const GraphLayer& layer : graph.layers) {
    for (const std::string& input : layer.inputs) {
      if (!seen.contains(input))
        fail(ErrorKind::usage, layer.name, unknown_name("input", input, {seen.begin(), seen.end()}));
    }
  }
}

// Checks that every input and layer is used, but for the outputs.
void check_use(Graph& graph) {
  std::set<std::string_view> taken, layers;
  for (const GraphLayer& layer : graph.layers) {
    taken.insert(layer.inputs.begin(), layer.inputs.end());
    layers.insert(layer.name);
  }
  for (const GraphInput& input : graph.inputs) {
    if (!taken.contains(input.name))
      fail(ErrorKind::usage, input.name, "no layer uses this input, expected a layer that does, or a model without it");
  }
  std::set<std::string_view> outputs;
  for (const std::string& output : graph.outputs) {
    if (!layers.contains(output))
      fail(ErrorKind::usage, "model", unknown_name("output", output, {layers.begin(), layers.end()}));
    if (!outputs.insert(output).second)
      fail(ErrorKind::usage, "model", "two outputs are the layer " + in_quotes(output) + ", expected different layers");
  }
  std::vector<std::string> ends;
  for (const GraphLayer& layer : graph.layers) {
    if (!taken.contains(layer.name) && !outputs.contains(layer.name)) ends.push_back(layer.name);
  }
  if (ends.size() > 1 || (!ends.empty() && !outputs.empty())) {
    const std::string other = outputs.empty() ? ends.back() : std::string(*outputs.begin());
    fail(ErrorKind::usage, ends[0],
         "no layer uses this layer, nor " + in_quotes(other) +
             ", expected a single output, to which all other layers lead, or both among the outputs of the graph");
  }
  // Of a single output the last layer is known to be it.
  if (graph.outputs.size() == 1 && taken.contains(graph.outputs[0]))
    fail(ErrorKind::usage, graph.outputs[0],
         "this layer is the only output, and other layers use it, expected a model without those");
  if (graph.outputs.size() == 1) graph.outputs.clear();
}

// Follows inputs from one waiting layer to the next until a layer repeats.
[[noreturn]] void report_cycle(const std::map<std::string_view, const GraphLayer*>& waiting) {
  std::vector<std::string_view> path;
  std::string_view at = waiting.begin()->first;
  while (std::find(path.begin(), path.end(), at) == path.end()) {
    path.push_back(at);
    const GraphLayer& layer = *waiting.at(at);
    at = *std::find_if(layer.inputs.begin(), layer.inputs.end(),
                       [&](const std::string& input) { return waiting.contains(input); });
  }
  std::string text;
  for (auto name = std::find(path.begin(), path.end(), at); name != path.end(); ++name)
    text += std::string(*name) + " takes ";
  fail(ErrorKind::usage, std::string(at),
       text + std::string(at) + ": a cycle, expected layers that lead to the output");
}

}  // namespace

Graph ordered(const Graph& graph) {
  check_layer_count(graph.layers.size());
  Graph whole = graph;
  complete(whole);
  check_names(whole);
  Graph result{whole.inputs, {}, whole.outputs};
  std::set<std::string_view> ready;
  for (const GraphInput& input : whole.inputs) ready.insert(input.name);
  std::map<std::string_view, const GraphLayer*> waiting;
  for (const GraphLayer& layer : whole.layers) waiting.emplace(layer.name, &layer);
  while (!waiting.empty()) {
    const std::size_t before = waiting.size();
    for (const GraphLayer& layer : whole.layers) {
      const bool can =
          waiting.contains(layer.name) && std::all_of(layer.inputs.begin(), layer.inputs.end(),
                                                      [&](const std::string& input) { return ready.contains(input); });
      if (!can) continue;
      ready.insert(layer.name);
      waiting.erase(layer.name);
      result.layers.push_back(layer);
    }
    if (waiting.size() == before) report_cycle(waiting);
  }
  check_use(result);
  return result;
}

Graph ensemble(const Graph& network, std::int64_t members) {
  if (members < 1) fail(ErrorKind::usage, "ensemble", std::to_string(members) + " members, expected 1 or more");
  if (members == 1) return network;
  check_layer_count(static_cast<std::size_t>(members));
  check_layer_count(network.layers.size() * static_cast<std::size_t>(members));
  const Graph one = ordered(network);
  if (one.outputs.size() > 1)
    fail(ErrorKind::usage, "ensemble",
         "the network has " + std::to_string(one.outputs.size()) +
             " outputs, expected one: the mean of an ensemble's members");
  Graph result{.inputs = one.inputs, .layers = {}};
  GraphLayer mean{.name = "", .layer = Average{.ensemble = true}};
  for (std::int64_t member = 1; member <= members; ++member) {
    const std::string prefix = "member_" + std::to_string(member) + "_";
    for (GraphLayer layer : one.layers) {
      for (std::string& input : layer.inputs)
        if (std::ranges::find(one.layers, input, &GraphLayer::name) != one.layers.end()) input = prefix + input;
      layer.name = prefix + layer.name;
      result.layers.push_back(std::move(layer));
    }
    mean.inputs.push_back(result.layers.back().name);
  }
  result.layers.push_back(std::move(mean));
  return ordered(result);
}

std::int64_t member_count(const Graph& network) {
  const std::vector<GraphLayer>& layers = network.layers;
  if (layers.empty() || !make_layer(layers.back().layer, Semantics::keras)->ends_ensemble()) return 1;
  return std::ssize(layers.back().inputs);
}

// A layer, or an input if `layer` has no op.
struct Tensor::Node {
  std::string name;
  GraphInput input{};
  LayerConfig layer{};
  std::vector<Tensor> inputs{};
};

Tensor Tensor::named(std::string name) const {
  Node node = *node_;
  node.name = std::move(name);
  node.input.name = node.name;
  return Tensor(std::make_shared<const Node>(std::move(node)));
}

Tensor input(std::string name, std::vector<std::string> columns) {
  if (columns.empty()) fail(ErrorKind::usage, name, "the input has no columns, expected at least one");
  return Tensor(std::make_shared<const Tensor::Node>(Tensor::Node{name, {name, std::move(columns), {}}}));
}

Tensor input(std::string name, ColumnRange columns) {
  return Tensor(std::make_shared<const Tensor::Node>(Tensor::Node{name, {name, {}, columns}}));
}

Tensor call(LayerConfig layer, const std::vector<Tensor>& inputs) {
  if (inputs.empty()) fail(ErrorKind::usage, layer.op, "the layer is applied to no tensors, expected at least one");
  layer = resolved(layer);
  return Tensor(std::make_shared<const Tensor::Node>(Tensor::Node{"", {}, std::move(layer), inputs}));
}

Graph graph_of(const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs) {
  if (outputs.empty()) fail(ErrorKind::usage, "model", "no outputs, expected a tensor or more");
  Graph graph;
  Names names;
  std::map<const void*, std::string> known;  // names of the visited nodes
  for (const Tensor& tensor : inputs) {
    if (!tensor.node_->layer.op.empty())
      fail(ErrorKind::usage, "model", "one of the inputs is the output of a layer, expected the result of input()");
    graph.inputs.push_back(tensor.node_->input);
    known.emplace(tensor.node_.get(), tensor.node_->name);
  }
  // Visits a node's inputs before the node, and each node once.
  const auto visit = [&](const auto& self, const Tensor& tensor) -> std::string {
    const Tensor::Node& node = *tensor.node_;
    if (const auto at = known.find(&node); at != known.end()) return at->second;
    if (node.layer.op.empty()) {
      if (!inputs.empty())
        fail(ErrorKind::usage, node.name,
             "a layer uses this input, which is not among the inputs of the model, expected it there");
      graph.inputs.push_back(node.input);
      return known.emplace(&node, node.name).first->second;
    }
    GraphLayer layer{.name = node.name, .layer = node.layer};
    for (const Tensor& from : node.inputs) layer.inputs.push_back(self(self, from));
    layer.layer = resolved(layer.layer);
    if (layer.name.empty()) layer.name = names.next(layer.layer);
    graph.layers.push_back(layer);
    return known.emplace(&node, layer.name).first->second;
  };
  for (const Tensor& output : outputs) {
    if (output.node_->layer.op.empty())
      fail(ErrorKind::usage, "model",
           "the output is the input " + in_quotes(output.node_->name) + ", expected a layer");
    graph.outputs.push_back(visit(visit, output));
  }
  return ordered(graph);
}

}  // namespace millrace
