// SPDX-License-Identifier: Apache-2.0
#include "millrace/graph.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/names.hpp"
#include "millrace/error.hpp"
#include "network/network.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

namespace {

constexpr const char* all_columns = "features";  // the one input of a network that names none

std::string in_quotes(const std::string& name) { return "'" + name + "'"; }

// "dense_1": by kind and number, in the order of definition.
class Names {
 public:
  std::string next(const LayerConfig& layer) {
    const std::string op(layer_row(layer.op).name);
    return op + "_" + std::to_string(++numbers_[op]);
  }

 private:
  std::map<std::string, int> numbers_;
};

// Names and inputs as they were left out.
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
        std::vector<std::string_view> known;
        for (const GraphInput& input : graph.inputs) known.push_back(input.name);
        fail(ErrorKind::usage, layer.name,
             "the first layer does not say what it takes, expected inputs out of " + join(known));
      }
      layer.inputs.push_back(before);
    }
    before = layer.name;
  }
}

bool is_taken(const Graph& graph, const std::string& name) {
  return std::any_of(graph.layers.begin(), graph.layers.end(), [&](const GraphLayer& layer) {
    return std::find(layer.inputs.begin(), layer.inputs.end(), name) != layer.inputs.end();
  });
}

void check_names(const Graph& graph) {
  std::set<std::string_view> seen;
  const auto claim = [&](const std::string& name) {
    if (!seen.insert(name).second)
      fail(ErrorKind::usage, "model",
           "two inputs or layers are named " + in_quotes(name) + ", expected names to differ");
  };
  // Names are those of values in the exported graph, beside "output" and parameters such as "dense_1/kernel".
  const auto check = [&](const std::string& name, bool last) {
    if (name.find('/') != std::string::npos || (name == exported_output && !last)) {
      fail(ErrorKind::usage, "model",
           in_quotes(name) + " cannot be the name of an input or of a layer" + (last ? "" : " but the last") +
               ", expected one without '/', and not '" + exported_output + "', as the exported model calls its output");
    }
    claim(name);
  };
  for (const GraphInput& input : graph.inputs) {
    if (input.name.empty()) fail(ErrorKind::usage, "model", "an input without a name, expected one");
    check(input.name, false);
  }
  for (const GraphLayer& layer : graph.layers) check(layer.name, !is_taken(graph, layer.name));
  for (const GraphLayer& layer : graph.layers) {
    for (const std::string& input : layer.inputs) {
      if (!seen.contains(input))
        fail(ErrorKind::usage, layer.name, unknown_name("input", input, {seen.begin(), seen.end()}));
    }
  }
}

// Everything but the output is taken by something.
void check_use(const Graph& graph) {
  std::set<std::string_view> taken;
  for (const GraphLayer& layer : graph.layers) taken.insert(layer.inputs.begin(), layer.inputs.end());
  for (const GraphInput& input : graph.inputs) {
    if (!taken.contains(input.name))
      fail(ErrorKind::usage, input.name, "no layer takes this input, expected one that does, or no such input");
  }
  std::vector<std::string> outputs;
  for (const GraphLayer& layer : graph.layers) {
    if (!taken.contains(layer.name)) outputs.push_back(layer.name);
  }
  if (outputs.size() > 1) {
    fail(ErrorKind::usage, outputs[0],
         "no layer takes this one, nor " + in_quotes(outputs.back()) +
             "; a model has one output, expected all other layers to lead to it");
  }
}

// Walks from a layer to one that it waits for, until one comes again.
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
  Graph whole = graph;
  complete(whole);
  check_names(whole);
  Graph result{whole.inputs, {}};
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

// A layer, or an input where there is none.
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
  if (columns.empty()) fail(ErrorKind::usage, name, "an input of no columns, expected at least one");
  return Tensor(std::make_shared<const Tensor::Node>(Tensor::Node{name, {name, std::move(columns), {}}}));
}

Tensor input(std::string name, ColumnRange columns) {
  return Tensor(std::make_shared<const Tensor::Node>(Tensor::Node{name, {name, {}, columns}}));
}

Tensor call(LayerConfig layer, const std::vector<Tensor>& inputs) {
  if (inputs.empty()) fail(ErrorKind::usage, layer.op, "no tensors, expected what the layer is applied to");
  layer = resolved(layer);
  return Tensor(std::make_shared<const Tensor::Node>(Tensor::Node{"", {}, std::move(layer), inputs}));
}

Graph graph_of(const std::vector<Tensor>& inputs, const Tensor& output) {
  Graph graph;
  Names names;
  std::map<const void*, std::string> known;  // by node: its name
  for (const Tensor& tensor : inputs) {
    if (!tensor.node_->layer.op.empty())
      fail(ErrorKind::usage, "model", "an input is what a layer gives, expected what input() gives");
    graph.inputs.push_back(tensor.node_->input);
    known.emplace(tensor.node_.get(), tensor.node_->name);
  }
  // What a tensor is made of stands before it; what is shared, once.
  const auto visit = [&](const auto& self, const Tensor& tensor) -> std::string {
    const Tensor::Node& node = *tensor.node_;
    if (const auto at = known.find(&node); at != known.end()) return at->second;
    if (node.layer.op.empty()) {
      if (!inputs.empty())
        fail(ErrorKind::usage, node.name,
             "is taken by a layer and not among the inputs of the model, expected it there");
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
  if (output.node_->layer.op.empty())
    fail(ErrorKind::usage, "model", "the output is the input " + in_quotes(output.node_->name) + ", expected a layer");
  visit(visit, output);
  return ordered(graph);
}

}  // namespace millrace
