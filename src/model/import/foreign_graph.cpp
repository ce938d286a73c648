// SPDX-License-Identifier: Apache-2.0
#include "model/import/foreign_graph.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/fail.hpp"
#include "export/operator_support.hpp"
#include "model/import/flat_products.hpp"
#include "model/import/line_nodes.hpp"
#include "model/import/linear_models.hpp"

namespace millrace {

namespace {

// Operators on whole numbers of 8 bits. Their results have lost what training needs.
bool is_quantization(const std::string& op) {
  return op.starts_with("QLinear") || op.ends_with("Integer") || op.ends_with("QuantizeLinear") ||
         op == "DequantizeLinear";
}

class Preparing {
 public:
  Preparing(PlainGraph graph, const std::string& file, NodePlaces places) : from_(std::move(graph)) {
    to_.file = file;
    to_.inputs = from_.inputs;
    to_.places = std::move(places);
  }

  ForeignGraph run() {
    check_columns(to_.inputs, to_.file);
    choose_output();
    rewrite_linear_models(from_);
    keep_ancestors();
    require_known_operators();
    for (auto& [name, tensor] : from_.constants)
      if (read_.contains(name) && tensor.texts.empty()) to_.constants[name] = constant_in_double(tensor);
    fold_constants();
    const std::vector<std::string> lines = rewrite_lines(to_.nodes, to_.constants, to_.places);
    read_.insert(lines.begin(), lines.end());
    drop_empty_pads();
    merge_pads();
    find_extents();
    find_shapes();
    return std::move(to_);
  }

 private:
  [[noreturn]] void refuse(const std::string& text) const { fail(ErrorKind::data, to_.file, text); }

  [[nodiscard]] const GraphNode* maker_of(const std::string& value) const {
    const auto at = std::ranges::find_if(from_.nodes, [&](const GraphNode& node) {
      return std::ranges::find(node.outputs, value) != node.outputs.end();
    });
    return at == from_.nodes.end() ? nullptr : &*at;
  }

  // The first output of numbers. A classifier of scikit-learn also has its label, made from a list of classes.
  void choose_output() {
    for (const GraphValue& output : from_.outputs) {
      const bool numbers =
          output.type == ValueType::real32 || output.type == ValueType::real64 || output.type == ValueType::real16;
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
      const bool picks = node->op == "ArrayFeatureExtractor" || node->op == "Gather";
      if (picks && from_.constants.contains(node->inputs.at(0))) {
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
    const GraphNode* both = maker_of(output);
    while (both != nullptr && both->op == "Identity") both = maker_of(both->inputs.at(0));
    if (both == nullptr || both->op != "Concat" || both->inputs.size() != 2) return "";
    const GraphNode* const other = maker_of(both->inputs[0]);
    const bool complement = other != nullptr && other->op == "Sub" && other->inputs.at(1) == both->inputs[1];
    if (!complement || !from_.constants.contains(other->inputs[0])) return "";
    const DoubleTensor one = constant_in_double(from_.constants.at(other->inputs[0]));
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
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (kept[i]) to_.nodes.push_back(from_.nodes[i]);
  }

  void require_known_operators() const {
    for (const GraphNode& node : to_.nodes)
      if (is_quantization(node.op))
        refuse("is quantised already (" + to_.place_of(node) + "), expected the network with its numbers as floats");
    std::string unknown;
    for (const GraphNode& node : to_.nodes)
      if (!is_known_operator(node.op)) unknown += (unknown.empty() ? "" : "; ") + to_.place_of(node);
    if (!unknown.empty()) refuse("has operators that millrace does not have: " + unknown);
  }

  // Runs a node, whose place an error names. A few bytes may make a value of any size.
  void run(const GraphNode& node, Tensors& values) const {
    constexpr std::int64_t most = 1 << 30;
    std::string problem;
    try {
      run_nodes(std::span(&node, 1), values);
      if (values.contains(node.outputs.at(0)) && std::ssize(values.at(node.outputs[0]).values) <= most) return;
      problem = "makes a value of more than " + std::to_string(most) + " numbers, expected a smaller one";
    } catch (const std::out_of_range&) {
      problem = "has other inputs or attributes than its operator takes";
    } catch (const Error& error) {
      const std::string text = error.what();
      problem = "cannot be computed: " + text.substr(text.find("': ") == std::string::npos ? 0 : text.find("': ") + 3);
    }
    refuse(to_.place_of(node) + " " + problem);
  }

  void fold_constants() {
    std::erase_if(to_.nodes, [&](const GraphNode& node) {
      const bool constant = std::ranges::all_of(
          node.inputs, [&](const std::string& input) { return input.empty() || to_.constants.contains(input); });
      if (constant) run(node, to_.constants);
      return constant;
    });
  }

  // A Pad by nothing, which exporters leave in, is an Identity.
  void drop_empty_pads() {
    for (GraphNode& node : to_.nodes) {
      if (node.op != "Pad") continue;
      const std::vector<std::int64_t> around = pads_of(node);
      if (around.empty() || std::ranges::any_of(around, [](std::int64_t pad) { return pad != 0; })) continue;
      node.op = "Identity";
      node.inputs.resize(1);
      node.attributes.clear();
    }
  }

  // Zeros around an image that only a convolution reads are its padding.
  void merge_pads() {
    std::map<std::string, int> reads;
    for (const GraphNode& node : to_.nodes)
      for (const std::string& input : node.inputs) ++reads[input];
    std::set<std::string> merged;
    for (GraphNode& conv : to_.nodes) {
      if (conv.op != "Conv" || conv.inputs.empty()) continue;
      const auto pad = std::ranges::find_if(
          to_.nodes, [&](const GraphNode& node) { return node.op == "Pad" && node.outputs.at(0) == conv.inputs[0]; });
      if (pad == to_.nodes.end() || reads[pad->outputs[0]] != 1) continue;
      const std::vector<std::int64_t> around = zeros_around(*pad);
      if (around.size() != 8 || around[0] + around[1] + around[4] + around[5] != 0) continue;
      if (!text_attribute(conv, "auto_pad").empty() && text_attribute(conv, "auto_pad") != "NOTSET") continue;
      Shape pads = attribute(conv, "pads", Shape{0, 0, 0, 0});
      for (const std::size_t d : {0, 1}) {
        pads[d] += around[2 + d];
        pads[d + 2] += around[6 + d];
      }
      conv.attributes["pads"] = pads;
      merged.insert(pad->outputs[0]);
      conv.inputs[0] = pad->inputs.at(0);
    }
    std::erase_if(to_.nodes, [&](const GraphNode& node) { return merged.contains(node.outputs.at(0)); });
    from_.nodes = to_.nodes;
  }

  [[nodiscard]] const DoubleTensor* constant_of(const GraphNode& node, std::size_t input) const {
    const bool given = input < node.inputs.size() && to_.constants.contains(node.inputs[input]);
    return given ? &to_.constants.at(node.inputs[input]) : nullptr;
  }

  [[nodiscard]] std::vector<std::int64_t> pads_of(const GraphNode& pad) const {
    return numbers_of(pad, {nullptr, constant_of(pad, 1)}, "pads", 1).value_or(std::vector<std::int64_t>());
  }

  // The pads of a node that pads with zeros; none if it pads otherwise.
  [[nodiscard]] std::vector<std::int64_t> zeros_around(const GraphNode& pad) const {
    const std::string mode = text_attribute(pad, "mode");
    const DoubleTensor* const value = constant_of(pad, 2);
    const bool zero = value == nullptr ? attribute(pad, "value", 0) == 0 : value->values == std::vector<double>{0};
    if ((!mode.empty() && mode != "constant") || !zero || constant_of(pad, 3) != nullptr) return {};
    return pads_of(pad);
  }

  // What is computed from Shape alone. Reshape is imported by the shape of its result instead.
  void find_extents() {
    std::erase_if(to_.nodes, [&](const GraphNode& node) {
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
        if (needed && !values.contains(node.outputs.at(0))) run(node, values);
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
    merge_flat_products(values, to_);
    for (const GraphNode& node : to_.nodes) {
      for (const std::string& name : node.outputs) {
        if (!values.contains(name)) continue;
        const Shape& shape = values.at(name).shape;
        if (shape.empty() || shape[0] != to_.batch)
          refuse(to_.place_of(node) + " gives a value of shape " + shape_text(shape) + " for " +
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

void check_columns(const std::vector<GraphValue>& inputs, const std::string& file) {
  constexpr std::int64_t most = 1'000'000;
  std::int64_t columns = 0;
  for (const GraphValue& input : inputs) {
    const std::int64_t width = element_count(input.shape);
    if (width > most - columns)
      fail(ErrorKind::data, file,
           "has the input '" + input.name + "' of shape " + shape_text(input.shape) + " a row, expected at most " +
               std::to_string(most) + " numbers in all inputs");
    columns += width;
  }
}

DoubleTensor constant_in_double(const GraphTensor& constant) {
  DoubleTensor tensor{constant.shape, {constant.values.begin(), constant.values.end()}};
  if (!constant.integers.empty()) tensor.values.assign(constant.integers.begin(), constant.integers.end());
  if (!constant.doubles.empty()) tensor.values = constant.doubles;
  return tensor;
}

std::string ForeignGraph::place_of(const GraphNode& node) const {
  const std::string& name = node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name;
  const auto place = node.outputs.empty() ? places.by_output.end() : places.by_output.find(node.outputs[0]);
  const std::string what = "'" + name + "' (" + node.op + ")";
  if (place == places.by_output.end()) return what;
  return "node " + std::to_string(place->second) + " of " + std::to_string(places.nodes) + ", " + what;
}

ForeignGraph prepare_foreign(PlainGraph graph, const std::string& file, NodePlaces places,
                             std::set<std::string> one_hot) {
  ForeignGraph prepared = Preparing(std::move(graph), file, std::move(places)).run();
  prepared.one_hot = std::move(one_hot);
  return prepared;
}

void run_nodes(std::span<const GraphNode> nodes, Tensors& values) {
  for (const GraphNode& node : nodes) {
    Operands operands;
    for (const std::string& input : node.inputs) {
      const auto at = values.find(input);
      if (!input.empty() && at == values.end()) refuse(node, "input '" + input + "' does not exist");
      operands.push_back(input.empty() ? nullptr : &at->second);
    }
    std::vector<DoubleTensor> results = compute(node, operands);
    // Of Dropout and BatchNormalization only the first output is for inference.
    for (std::size_t i = 0; i < std::min(node.outputs.size(), results.size()); ++i)
      values[node.outputs[i]] = std::move(results[i]);
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
