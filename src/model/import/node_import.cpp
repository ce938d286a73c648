// SPDX-License-Identifier: Apache-2.0
#include "model/import/node_import.hpp"

#include <algorithm>
#include <numeric>

#include "base/fail.hpp"

namespace millrace {

NodeImport::NodeImport(const ForeignGraph& graph, LayerBuilder& builder) : graph_(graph), builder_(builder) {
  for (const GraphNode& node : graph.nodes)
    for (const std::string& input : node.inputs) ++reads_[input];
  ++reads_[graph.output];
}

void NodeImport::keep_as_it_is(std::size_t node, const ImportedValue& x) {
  const GraphNode& from = graph_.nodes[node];
  if (from.outputs.size() > 1 || reads_.at(from.inputs.at(0)) > 1) read_elsewhere_.insert(x.layer);
}

void NodeImport::refuse(std::size_t node, const std::string& text) const {
  fail(ErrorKind::data, graph_.file, graph_.place_of(graph_.nodes[node]) + " " + text);
}

const ImportedValue& NodeImport::value(const std::string& name) const {
  const auto at = values_.find(name);
  if (at == values_.end())
    fail(ErrorKind::data, graph_.file, "value '" + name + "' is computed by nodes that cannot be imported");
  return at->second;
}

ImportedValue NodeImport::operand(std::size_t node, std::size_t input) const {
  const std::vector<std::string>& inputs = graph_.nodes[node].inputs;
  if (input >= inputs.size() || !values_.contains(inputs[input]))
    refuse(node,
           "has a constant as input " + std::to_string(input + 1) + ", expected a value that depends on the rows");
  return values_.at(inputs[input]);
}

bool NodeImport::is_constant(std::size_t node, std::size_t input) const {
  const std::vector<std::string>& inputs = graph_.nodes[node].inputs;
  return input < inputs.size() && graph_.constants.contains(inputs[input]);
}

const DoubleTensor& NodeImport::constant(std::size_t node, std::size_t input) const {
  if (!is_constant(node, input))
    refuse(node, "computes its input " + std::to_string(input + 1) + ", expected a constant there");
  return graph_.constants.at(graph_.nodes[node].inputs[input]);
}

void NodeImport::define(std::size_t node, const std::string& layer, Shape ours, std::vector<std::int64_t> order) {
  const std::string& name = graph_.nodes[node].outputs.at(0);
  values_[name] = {layer, graph_.shapes.at(name), std::move(ours), std::move(order)};
  record(node, name);
}

void NodeImport::define_image(std::size_t node, const std::string& layer, Shape ours) {
  const Shape& file = graph_.shapes.at(graph_.nodes[node].outputs.at(0));
  if (file != Shape{ours[2], ours[0], ours[1]})
    refuse(node, "gives an image of shape " + shape_text(file) + ", where the layer gives " + shape_text(ours) +
                     " (height, width, channels)");
  define(node, layer, std::move(ours), channels_last_order(file));
}

void NodeImport::record(std::size_t node, const std::string& result) {
  to_->steps.emplace_back(graph_.place_of(graph_.nodes[node]), value(result).layer);
}

void NodeImport::add_inputs(ImportedNetwork& to) {
  to_ = &to;
  for (const GraphValue& input : graph_.inputs) {
    const bool one_hot = graph_.one_hot.contains(input.name);
    const std::int64_t width = element_count(input.shape) + (one_hot ? 1 : 0);
    // A layer's default name must stay free, and '/' is for parameters.
    std::string name = input.name;
    std::ranges::replace(name, '/', '_');
    if (name == exported_output) name += "_in";
    to.network.inputs.push_back({name, {width}});
    std::vector<std::int64_t>& columns = to.columns.emplace_back(static_cast<std::size_t>(width));
    std::iota(columns.begin(), columns.end(), to.feature_columns);
    to.feature_columns += width;
    ImportedValue& value = values_[input.name] = {name, input.shape, {width}, {}};
    for (std::int64_t place = 1; one_hot && place < width; ++place) value.order.push_back(place);
  }
}

const std::map<std::string, NodeImport::Handler>& NodeImport::handlers() {
  static const std::map<std::string, Handler> table{{"Gemm", &NodeImport::dense},
                                                    {"MatMul", &NodeImport::dense},
                                                    {"Conv", &NodeImport::convolution},
                                                    {"MaxPool", &NodeImport::pool},
                                                    {"AveragePool", &NodeImport::pool},
                                                    {"GlobalMaxPool", &NodeImport::global_pool},
                                                    {"GlobalAveragePool", &NodeImport::global_pool},
                                                    {"BatchNormalization", &NodeImport::batch_normalization},
                                                    {"Gather", &NodeImport::gather},
                                                    {"OneHot", &NodeImport::one_hot},
                                                    {"Equal", &NodeImport::equal},
                                                    {"Slice", &NodeImport::columns},
                                                    {"ArrayFeatureExtractor", &NodeImport::columns},
                                                    {"Split", &NodeImport::columns},
                                                    {"Reshape", &NodeImport::reshape},
                                                    {"Flatten", &NodeImport::reshape},
                                                    {"Squeeze", &NodeImport::reshape},
                                                    {"Unsqueeze", &NodeImport::reshape},
                                                    {"Transpose", &NodeImport::transpose},
                                                    {"Concat", &NodeImport::concatenate}};
  return table;
}

bool NodeImport::take_node(std::size_t node) {
  const std::string& op = graph_.nodes[node].op;
  if (const auto handler = handlers().find(op); handler != handlers().end()) {
    (this->*handler->second)(node);
    return true;
  }
  if (is_pooling_mean(node)) {
    global_pool(node);
    return true;
  }
  if (is_mean_of_vectors(node)) {
    pool_vectors(node);
    return true;
  }
  return op == "Cast" ? alias(node) : combine(node);
}

// A cast of an input keeps its columns: categories are whole numbers anyway, and so are one-hot rows.
bool NodeImport::alias(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  const GraphLayer* const layer = builder_.find(x.layer);
  const bool one_hot = layer != nullptr && !layer->trainable;
  if (!builder_.is_input(x.layer) && !one_hot) return false;
  keep_as_it_is(node, x);
  values_[graph_.nodes[node].outputs.at(0)] = x;
  record(node, graph_.nodes[node].outputs[0]);
  return true;
}

}  // namespace millrace
