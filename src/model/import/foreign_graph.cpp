// SPDX-License-Identifier: Apache-2.0
#include "model/import/foreign_graph.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "export/operator_support.hpp"
#include "model/import/linear_models.hpp"

namespace millrace {

namespace {

DoubleTensor in_double(const GraphTensor& constant) {
  DoubleTensor tensor{constant.shape, {constant.values.begin(), constant.values.end()}};
  if (!constant.integers.empty()) tensor.values.assign(constant.integers.begin(), constant.integers.end());
  if (!constant.doubles.empty()) tensor.values = constant.doubles;
  return tensor;
}

// Operators on whole numbers of 8 bits. Their results have lost what training needs.
bool is_quantization(const std::string& op) {
  return op.starts_with("QLinear") || op.ends_with("Integer") || op.ends_with("QuantizeLinear") ||
         op == "DequantizeLinear";
}

class Preparing {
 public:
  Preparing(PlainGraph graph, const std::string& file) : from_(std::move(graph)) {
    to_.file = file;
    to_.inputs = from_.inputs;
    to_.nodes_of_file = from_.nodes.size();
  }

  ForeignGraph run() {
    check_columns();
    choose_output();
    rewrite_linear_models(from_);
    keep_ancestors();
    require_known_operators();
    for (auto& [name, tensor] : from_.constants)
      if (read_.contains(name) && tensor.texts.empty()) to_.constants[name] = in_double(tensor);
    fold_constants();
    find_extents();
    find_shapes();
    return std::move(to_);
  }

 private:
  [[noreturn]] void refuse(const std::string& text) const { fail(ErrorKind::data, to_.file, text); }

  // A file of a few bytes may claim any number of columns, and each costs memory.
  void check_columns() const {
    constexpr std::int64_t most = 1'000'000;
    std::int64_t columns = 0;
    for (const GraphValue& input : to_.inputs) {
      const std::int64_t width = element_count(input.shape);
      if (width <= most - columns) {
        columns += width;
        continue;
      }
      refuse("has the input '" + input.name + "' of shape " + shape_text(input.shape) + " a row, expected at most " +
             std::to_string(most) + " numbers in all inputs");
    }
  }

  [[nodiscard]] const GraphNode* maker_of(const std::string& value) const {
    const auto at = std::ranges::find_if(from_.nodes, [&](const GraphNode& node) {
      return std::ranges::find(node.outputs, value) != node.outputs.end();
    });
    return at == from_.nodes.end() ? nullptr : &*at;
  }

  // The first output of numbers. A classifier of scikit-learn also has its label, made from a list of classes.
  void choose_output() {
    for (const GraphValue& output : from_.outputs) {
      const bool numbers = output.type == ValueType::real32 || output.type == ValueType::real64;
      if (numbers && to_.output.empty()) to_.output = output.name;
      if (!numbers) find_classes(output.name);
    }
    if (to_.output.empty()) refuse("has no output of floating-point numbers, expected one: the scores");
    if (const std::string both = of_second_class(to_.output); !both.empty()) to_.output = both;
  }

  void find_classes(const std::string& label) {
    std::vector<std::string> open{label};
    for (std::size_t i = 0; i < open.size() && open.size() < from_.nodes.size() + 2; ++i) {
      const GraphNode* const node = maker_of(open[i]);
      if (node == nullptr) continue;
      if (node->op == "ArrayFeatureExtractor" && from_.constants.contains(node->inputs.at(0))) {
        const GraphTensor& names = from_.constants.at(node->inputs[0]);
        to_.classes = names.texts;
        for (const std::int64_t name : names.integers) to_.classes.push_back(std::to_string(name));
        return;
      }
      if (node->op == "LinearClassifier") return read_classes(*node);
      open.insert(open.end(), node->inputs.begin(), node->inputs.end());
    }
  }

  void read_classes(const GraphNode& node) {
    if (const auto texts = node.attributes.find("classlabels_strings"); texts != node.attributes.end())
      if (const auto* list = std::get_if<std::vector<std::string>>(&texts->second)) to_.classes = *list;
    if (const auto numbers = node.attributes.find("classlabels_ints"); numbers != node.attributes.end())
      if (const auto* list = std::get_if<std::vector<std::int64_t>>(&numbers->second))
        for (const std::int64_t name : *list) to_.classes.push_back(std::to_string(name));
  }

  // p where the output is (1 - p, p); else empty.
  [[nodiscard]] std::string of_second_class(const std::string& output) const {
    const GraphNode* const both = maker_of(output);
    if (both == nullptr || both->op != "Concat" || both->inputs.size() != 2) return "";
    const GraphNode* const other = maker_of(both->inputs[0]);
    const bool complement = other != nullptr && other->op == "Sub" && other->inputs.at(1) == both->inputs[1];
    if (!complement || !from_.constants.contains(other->inputs[0])) return "";
    const DoubleTensor one = in_double(from_.constants.at(other->inputs[0]));
    return one.values == std::vector<double>{1} ? both->inputs[1] : "";
  }

  void keep_ancestors() {
    read_.insert(to_.output);
    std::vector<bool> kept(from_.nodes.size());
    for (std::size_t i = from_.nodes.size(); i-- > 0;) {
      const GraphNode& node = from_.nodes[i];
      kept[i] = std::ranges::any_of(node.outputs, [&](const std::string& name) { return read_.contains(name); });
      if (kept[i]) read_.insert(node.inputs.begin(), node.inputs.end());
    }
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (!kept[i]) continue;
      to_.nodes.push_back(from_.nodes[i]);
      to_.places.push_back(i + 1);
    }
    std::erase_if(to_.inputs, [&](const GraphValue& input) { return !read_.contains(input.name); });
  }

  void require_known_operators() const {
    for (std::size_t i = 0; i < to_.nodes.size(); ++i)
      if (is_quantization(to_.nodes[i].op))
        refuse("is quantised already (" + to_.place_of(i) + "), expected the network with its numbers as floats");
    std::string unknown;
    for (std::size_t i = 0; i < to_.nodes.size(); ++i)
      if (!is_known_operator(to_.nodes[i].op)) unknown += (unknown.empty() ? "" : "; ") + to_.place_of(i);
    if (!unknown.empty()) refuse("has operators that millrace does not have: " + unknown);
  }

  // Removes the nodes that `gone` says, with their places.
  template <class Gone>
  void drop_nodes(const Gone& gone) {
    std::size_t to = 0;
    for (std::size_t i = 0; i < to_.nodes.size(); ++i) {
      if (gone(to_.nodes[i])) continue;
      if (to != i) to_.nodes[to] = std::move(to_.nodes[i]);
      to_.places[to++] = to_.places[i];
    }
    to_.nodes.resize(to);
    to_.places.resize(to);
  }

  void fold_constants() {
    drop_nodes([&](const GraphNode& node) {
      const bool constant = std::ranges::all_of(
          node.inputs, [&](const std::string& input) { return input.empty() || to_.constants.contains(input); });
      if (constant) run_nodes(std::span(&node, 1), to_.constants);
      return constant;
    });
  }

  // What is computed from Shape alone. Reshape is imported by the shape of its result instead.
  void find_extents() {
    drop_nodes([&](const GraphNode& node) {
      const bool extents = node.op == "Shape" || std::ranges::all_of(node.inputs, [&](const std::string& input) {
                             return input.empty() || to_.constants.contains(input) || to_.extents.contains(input);
                           });
      if (extents) to_.extents.insert(node.outputs.begin(), node.outputs.end());
      return extents;
    });
  }

  // Runs all nodes on a few rows of zeros: the plainest way to know every shape.
  void find_shapes() {
    const auto values_for = [&](std::int64_t rows) {
      Tensors values = to_.constants;
      for (const GraphValue& input : to_.inputs) {
        Shape shape = input.shape;
        shape.insert(shape.begin(), rows);
        values[input.name] = {shape, std::vector<double>(static_cast<std::size_t>(element_count(shape)))};
      }
      for (std::size_t i = 0; i < from_.nodes.size(); ++i) {
        const GraphNode& node = from_.nodes[i];
        const bool needed = std::ranges::any_of(node.outputs, [&](const auto& name) { return read_.contains(name); });
        if (needed && !values.contains(node.outputs.at(0))) run_nodes(std::span(&node, 1), values);
      }
      return values;
    };
    Tensors values;
    try {
      values = values_for(to_.batch);
    } catch (const Error&) {
      values = values_for(to_.batch = 1);  // an exporter may write the batch of its example into the graph
    }
    for (const GraphValue& input : to_.inputs) to_.shapes[input.name] = input.shape;
    for (std::size_t i = 0; i < to_.nodes.size(); ++i) {
      for (const std::string& name : to_.nodes[i].outputs) {
        if (!values.contains(name)) continue;
        const Shape& shape = values.at(name).shape;
        if (shape.empty() || shape[0] != to_.batch)
          refuse(to_.place_of(i) + " gives a value of shape " + shape_text(shape) + " for " +
                 std::to_string(to_.batch) + " rows, expected one value a row");
        to_.shapes[name] = Shape(shape.begin() + 1, shape.end());
      }
    }
    if (!to_.shapes.contains(to_.output)) refuse("has an output that no input changes, expected a network");
  }

  PlainGraph from_;
  ForeignGraph to_;
  std::set<std::string> read_;
};

}  // namespace

std::string ForeignGraph::place_of(std::size_t node) const {
  const GraphNode& at = nodes[node];
  const std::string& name = at.name.empty() && !at.outputs.empty() ? at.outputs[0] : at.name;
  return "node " + std::to_string(places[node]) + " of " + std::to_string(nodes_of_file) + ", '" + name + "' (" +
         at.op + ")";
}

ForeignGraph prepare_foreign(PlainGraph graph, const std::string& file) {
  return Preparing(std::move(graph), file).run();
}

void run_nodes(std::span<const GraphNode> nodes, Tensors& values) {
  for (const GraphNode& node : nodes) {
    Operands operands;
    for (const std::string& input : node.inputs) {
      const auto at = values.find(input);
      if (!input.empty() && at == values.end()) refuse(node, "input '" + input + "' does not exist");
      operands.push_back(input.empty() ? nullptr : &at->second);
    }
    if (operands.empty() || operands[0] == nullptr) refuse(node, "has no inputs");
    values[node.outputs.at(0)] = std::move(operator_of(node)(node, operands).at(0));
  }
}

DoubleTensor run_foreign(const ForeignGraph& graph, const Tensors& inputs) {
  // Nodes on extents are gone from graph.nodes; the shapes that they would give are known.
  Tensors values = graph.constants;
  std::int64_t rows = 0;
  for (const auto& [name, tensor] : inputs) {
    rows = tensor.shape.at(0);
    values[name] = tensor;
  }
  for (const GraphNode& node : graph.nodes) {
    if (node.op == "Reshape" || node.op == "Flatten" || node.op == "Squeeze" || node.op == "Unsqueeze") {
      Shape shape = graph.shapes.at(node.outputs.at(0));
      shape.insert(shape.begin(), rows);
      values[node.outputs[0]] = {shape, values.at(node.inputs.at(0)).values};
      continue;
    }
    run_nodes(std::span(&node, 1), values);
  }
  return values.at(graph.output);
}

}  // namespace millrace
