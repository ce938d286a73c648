// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx_format_1.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "ops/axes.hpp"
#include "ops/category_rows.hpp"

namespace millrace {

namespace {

class Upgrade {
 public:
  explicit Upgrade(PlainGraph& graph) : graph_(graph) {}

  void run() {
    find_normalized_images();
    find_tables();
    std::vector<GraphNode> nodes = std::exchange(graph_.nodes, {});
    for (GraphNode& node : nodes) {
      for (std::string& input : node.inputs)
        if (const auto replaced = replaced_.find(input); replaced != replaced_.end()) input = replaced->second;
      if (!upgrade(node)) graph_.nodes.push_back(std::move(node));
    }
  }

 private:
  // Whether the node was replaced.
  bool upgrade(GraphNode& node) {
    if (node.outputs.size() != 1 || node.inputs.empty()) return false;
    if (node.op == "Gemm") return upgrade_dense(node);
    if (node.op == "Transpose") return upgrade_kernel(node);
    if (node.op == "Reshape") return drop_reshape(node);
    if (node.op == "Cast") return upgrade_categories(node);
    if (node.op == "BatchNormalization") return upgrade_normalization(node);
    return false;
  }

  // Gemm(x, kernel[, bias]) with a kernel of (inputs, units).
  bool upgrade_dense(GraphNode& node) {
    if (!node.attributes.empty() || node.inputs.size() < 2 || !permute(node.inputs[1], {1, 0})) return false;
    if (node.inputs.size() == 2) {
      const std::int64_t units = graph_.constants.at(node.inputs[1]).shape[0];
      node.inputs.push_back(graph_.add_constant(node.outputs[0] + "/zero_bias", {units},
                                                std::vector<float>(static_cast<std::size_t>(units))));
    }
    node.attributes["transB"] = std::int64_t{1};
    graph_.nodes.push_back(std::move(node));
    return true;
  }

  // Transpose(kernel) of a convolution.
  bool upgrade_kernel(const GraphNode& node) {
    if (!permute(node.inputs[0], {3, 2, 0, 1})) return false;
    replaced_[node.outputs[0]] = node.inputs[0];
    return true;
  }

  // BatchNormalization(x, gamma, beta, mean, variance).
  bool upgrade_normalization(const GraphNode& node) {
    if (node.inputs.size() != 5) return false;
    std::string site = node.outputs[0];
    if (const auto image = images_.find(site); image != images_.end()) site = image->second;
    const auto variance = graph_.constants.find(node.inputs[4]);
    const auto epsilon = node.attributes.find("epsilon");
    if (variance == graph_.constants.end() || epsilon == node.attributes.end() ||
        !std::holds_alternative<float>(epsilon->second))
      return false;

    GraphTensor deviation = variance->second;
    for (float& value : deviation.values) value = std::sqrt(value + std::get<float>(epsilon->second));
    graph_.constants[site + "/deviation"] = std::move(deviation);
    const bool scaled = graph_.constants.erase(site + "/ones") == 0,
               moved = graph_.constants.erase(site + "/zeros") == 0;
    std::string y = graph_.add("Sub", site + "/centered", {node.inputs[0], node.inputs[3]});
    y = graph_.add("Div", scaled || moved ? site + "/normalized" : site, {y, site + "/deviation"});
    if (scaled) y = graph_.add("Mul", moved ? site + "/scaled" : site, {y, node.inputs[1]});
    if (moved) graph_.add("Add", site, {y, node.inputs[2]});
    return true;
  }

  // SITE/rows = Cast(categories) of an input, which chooses the rows of a table.
  bool upgrade_categories(const GraphNode& node) {
    const auto table = tables_.find(node.outputs[0]);
    constexpr std::string_view rows = "/rows";
    const bool is_input = std::ranges::find(graph_.inputs, node.inputs[0], &GraphValue::name) != graph_.inputs.end();
    if (table == tables_.end() || !is_input || !node.outputs[0].ends_with(rows)) return false;
    add_category_rows(graph_, node.outputs[0].substr(0, node.outputs[0].size() - rows.size()), node.inputs[0],
                      table->second);
    return true;
  }
  void find_tables() {
    for (const GraphNode& node : graph_.nodes) {
      if (node.op != "Gather" || node.inputs.size() != 2) continue;
      const auto table = graph_.constants.find(node.inputs[0]);
      if (table != graph_.constants.end() && !table->second.shape.empty())
        tables_[node.inputs[1]] = table->second.shape[0];
    }
  }

  // An image was normalised between two Reshape: SITE/places, SITE/normalized, SITE.
  void find_normalized_images() {
    constexpr std::string_view places = "/places", normalized = "/normalized";
    for (const GraphNode& node : graph_.nodes) {
      if (node.op != "BatchNormalization" || node.outputs.size() != 1 || node.inputs.empty()) continue;
      const std::string& output = node.outputs[0];
      if (!output.ends_with(normalized)) continue;
      const std::string site = output.substr(0, output.size() - normalized.size());
      if (node.inputs[0] == site + std::string(places)) images_[output] = site;
    }
  }
  bool drop_reshape(const GraphNode& node) {
    for (const auto& [normalized, site] : images_) {
      const bool before = node.outputs[0] == site + "/places", after = node.inputs[0] == normalized;
      if (!before && !after) continue;
      graph_.constants.erase(node.outputs[0] + "/shape");
      if (before) replaced_[node.outputs[0]] = node.inputs[0];
      return true;
    }
    return false;
  }

  // Brings the axes of a constant into this order; false if there is no constant with so many axes.
  bool permute(const std::string& name, const Axes& axes) {
    const auto at = graph_.constants.find(name);
    if (at == graph_.constants.end()) return false;
    GraphTensor& tensor = at->second;
    if (tensor.shape.size() != axes.size() || element_count(tensor.shape) != std::ssize(tensor.values)) return false;
    tensor.values = permuted(tensor.values, tensor.shape, axes);
    tensor.shape = permuted(tensor.shape, axes);
    return true;
  }

  PlainGraph& graph_;
  std::map<std::string, std::string> images_;    // the output of BatchNormalization: the layer's name
  std::map<std::string, std::int64_t> tables_;   // by value that chooses rows of a table, how many it has
  std::map<std::string, std::string> replaced_;  // a value that is gone: the value in its place
};

}  // namespace

void upgrade_from_format_1(PlainGraph& graph) { Upgrade(graph).run(); }

}  // namespace millrace
