// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx_serving.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "ops/losses/loss.hpp"

namespace millrace {

namespace {

using nlohmann::ordered_json;

bool is_taken(const PlainGraph& graph, const std::string& name) {
  const auto is_it = [&](const GraphValue& value) { return value.name == name; };
  return graph.constants.contains(name) || std::ranges::any_of(graph.inputs, is_it) ||
         std::ranges::any_of(graph.nodes, [&](const GraphNode& node) {
           return std::ranges::find(node.outputs, name) != node.outputs.end();
         });
}

// Softmax for classes, Sigmoid for labels; empty: the scores are probabilities already, or nothing of the kind.
std::string operator_for_probabilities(const Loss& loss) {
  if (!loss.takes_logits()) return "";
  return loss.targets() == TargetKind::classes ? "Softmax" : "Sigmoid";
}

void add_probabilities(const Loss& loss, const OnnxOptions& options, PlainGraph& graph, ordered_json& outputs) {
  const std::string op = operator_for_probabilities(loss);
  const std::string& name = options.probabilities_name;
  if (op.empty() || name.empty()) return;
  if (is_taken(graph, name))
    fail(ErrorKind::usage, "export",
         "the probabilities have the name '" + name + "', which another value of the graph has, expected another name");
  const GraphValue scores = graph.outputs.at(0);
  std::map<std::string, NodeAttribute> attributes;
  if (op == "Softmax") attributes["axis"] = static_cast<std::int64_t>(scores.shape.size());
  graph.add(op, name, {scores.name}, std::move(attributes));
  graph.outputs.push_back({name, scores.shape});
  outputs["probabilities"] = name;
}

void add_metadata(const OnnxOptions& options, PlainGraph& graph) {
  for (const auto& [key, value] : options.metadata) {
    if (key.empty() || key.starts_with("millrace.") || key == classes_key || key == threshold_key)
      fail(ErrorKind::usage, "export",
           "metadata '" + key + "': " + (key.empty() ? "the key is empty" : "millrace writes this key itself") +
               ", expected another key");
    graph.metadata[key] = value;
  }
}

// Names of classes by output, for the outputs whose targets have names.
ordered_json classes_by_output(const ModelCard& card, const Network& network) {
  ordered_json all = ordered_json::object();
  std::size_t column = 0;
  for (std::size_t i = 0; i < network.outputs().size(); ++i) {
    const std::string name = network.output_name(i);
    const auto own = std::ranges::find(card.compiled.outputs, name, &OutputOptions::output);
    if (own == card.compiled.outputs.end() || own->loss.op.empty()) continue;
    if (column < card.target_classes.size() && !card.target_classes[column].empty())
      all[name] = card.target_classes[column];
    column += static_cast<std::size_t>(make_loss(own->loss)->target_width(network.outputs()[i].width));
  }
  return all;
}

ordered_json values_json(const std::vector<GraphValue>& values) {
  ordered_json list = ordered_json::array();
  for (const GraphValue& value : values) {
    ordered_json shape = ordered_json::array({"batch"});
    for (const std::int64_t extent : value.shape) shape.push_back(extent);
    list.push_back({{"name", value.name}, {"shape", shape}});
  }
  return list;
}

}  // namespace

bool has_probabilities(const ModelCard& card) {
  return !card.compiled.loss.op.empty() && !operator_for_probabilities(*make_loss(card.compiled.loss)).empty();
}

std::string scores_name(const Network& network, const OnnxOptions& options) {
  std::set<std::string> taken{options.probabilities_name};
  for (const NetworkInput& input : network.inputs()) taken.insert(input.name);
  // The last layer has the name of the scores in the graph.
  for (const NetworkNode& node : network.nodes())
    if (&node != &network.nodes().back()) taken.insert(node.name);
  std::string name = options.output_name;
  for (int i = 1; name == OnnxOptions().output_name && taken.contains(name); ++i) {
    const std::string next = OnnxOptions().output_name + "_" + std::to_string(i);
    if (!taken.contains(next)) name = next;
  }
  if (name.empty() || taken.contains(name))
    fail(ErrorKind::usage, "export",
         "the output has the name '" + name + "', expected a name that no input, layer or other output has");
  return name;
}

void add_serving(const Model::State& state, const OnnxOptions& options, PlainGraph& graph) {
  ordered_json outputs{{"scores", graph.outputs.at(0).name}};
  // A model of tables has its label already.
  if (const auto known = graph.metadata.find(outputs_key); known != graph.metadata.end())
    outputs = ordered_json::parse(known->second);
  const ModelCard& card = state.card;
  if (!card.compiled.loss.op.empty()) {
    const auto loss = make_loss(card.compiled.loss);
    add_probabilities(*loss, options, graph, outputs);
    if (loss->targets() == TargetKind::labels)
      graph.metadata[threshold_key] = number_text(card.threshold.value_or(loss->threshold()));
  }
  if (!card.classes.empty()) graph.metadata[classes_key] = ordered_json(card.classes).dump();
  if (!card.target_classes.empty()) graph.metadata[classes_key] = classes_by_output(card, *state.network).dump();
  graph.metadata[outputs_key] = outputs.dump();
  add_metadata(options, graph);
}

std::string describe_graph(const PlainGraph& graph, int opset) {
  ordered_json all{{"inputs", values_json(graph.inputs)}, {"outputs", values_json(graph.outputs)}, {"opset", opset}};
  for (const auto& [key, text] : graph.metadata) {
    const ordered_json value = ordered_json::parse(text, nullptr, false);
    all["metadata"][key] = value.is_object() || value.is_array() ? value : ordered_json(text);
  }
  return all.dump(2) + "\n";
}

}  // namespace millrace
