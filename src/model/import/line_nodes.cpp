// SPDX-License-Identifier: Apache-2.0
#include "model/import/line_nodes.hpp"

#include <array>
#include <utility>

#include "export/operator_support.hpp"

namespace millrace {

namespace {

using Numbers = std::vector<std::int64_t>;

const Numbers* numbers_attribute(const GraphNode& node, const std::string& name) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? nullptr : std::get_if<Numbers>(&found->second);
}

bool is_pool(const GraphNode& node) { return node.op == "MaxPool" || node.op == "AveragePool"; }

class Rewriting {
 public:
  Rewriting(std::vector<GraphNode>& nodes, Tensors& constants, NodePlaces& places)
      : nodes_(nodes), constants_(constants), places_(places) {
    for (const GraphNode& node : nodes) names_.insert(node.outputs.begin(), node.outputs.end());
  }

  std::vector<std::string> run() {
    std::vector<GraphNode> rewritten;
    for (GraphNode& node : nodes_) {
      if (!is_of_lines(node)) {
        rewritten.push_back(std::move(node));
        continue;
      }
      const std::string result = node.outputs[0], image = new_value(result), image_result = new_value(result);
      rewritten.push_back({"Unsqueeze", node.name + "/image", {node.inputs[0]}, {image}, {{"axes", Numbers{2}}}});
      rewritten.push_back(of_images(std::move(node), image, image_result));
      rewritten.push_back(
          {"Squeeze", rewritten.back().name + "/line", {image_result}, {result}, {{"axes", Numbers{2}}}});
    }
    nodes_ = std::move(rewritten);
    return std::move(added_);
  }

 private:
  // Of a kernel or a window with one extent, and attributes that go with it.
  [[nodiscard]] bool is_of_lines(const GraphNode& node) const {
    const Numbers* const window = numbers_attribute(node, "kernel_shape");
    if (is_pool(node)) {
      if (window == nullptr || node.outputs.size() != 1) return false;
    } else if (node.op != "Conv" || node.inputs.size() < 2 || !constants_.contains(node.inputs[1]) ||
               constants_.at(node.inputs[1]).shape.size() != 3) {
      return false;
    }
    for (const auto& [name, length] :
         {std::pair("kernel_shape", 1), std::pair("strides", 1), std::pair("dilations", 1), std::pair("pads", 2)}) {
      const Numbers* const given = numbers_attribute(node, name);
      if (given != nullptr && std::ssize(*given) != length) return false;
    }
    return !node.inputs.empty() && node.outputs.size() == 1;
  }

  GraphNode of_images(GraphNode node, const std::string& image, const std::string& result) {
    for (const char* const name : {"kernel_shape", "strides", "dilations"})
      if (const Numbers* const given = numbers_attribute(node, name)) node.attributes[name] = Numbers{1, given->at(0)};
    if (const Numbers* const given = numbers_attribute(node, "pads"))
      node.attributes["pads"] = Numbers{0, given->at(0), 0, given->at(1)};
    if (!is_pool(node)) {
      DoubleTensor kernel = constants_.at(node.inputs[1]);
      kernel.shape.insert(kernel.shape.begin() + 2, 1);
      node.inputs[1] = new_value(node.outputs[0]);
      constants_[node.inputs[1]] = std::move(kernel);
    }
    node.inputs[0] = image;
    node.outputs[0] = result;
    return node;
  }

  // A name that no value has, at the place of the value `result`.
  std::string new_value(const std::string& result) {
    std::string name = result + "/image";
    while (names_.contains(name) || constants_.contains(name)) name += "_";
    names_.insert(name);
    added_.push_back(name);
    if (const auto place = places_.by_output.find(result); place != places_.by_output.end())
      places_.by_output.emplace(name, place->second);
    return name;
  }

  std::vector<GraphNode>& nodes_;
  Tensors& constants_;
  NodePlaces& places_;
  std::set<std::string> names_;
  std::vector<std::string> added_;
};

}  // namespace

std::vector<std::string> rewrite_lines(std::vector<GraphNode>& nodes, Tensors& constants, NodePlaces& places) {
  return Rewriting(nodes, constants, places).run();
}

}  // namespace millrace
