// SPDX-License-Identifier: Apache-2.0
#include "export/graph_evaluator.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "export/graph_operators.hpp"
#include "export/half.hpp"

namespace millrace {

namespace {

bool is_of_singles(const GraphTensor& constant) {
  return constant.texts.empty() && constant.doubles.empty() && constant.integers.empty() && !constant.smaller;
}

DoubleTensor in_double(const GraphTensor& constant) {
  if (!constant.texts.empty()) return {constant.shape, {}, constant.texts, ValueType::text};
  if (!constant.doubles.empty()) return {constant.shape, constant.doubles, {}, ValueType::real64};
  if (constant.integers.empty())
    return {constant.shape,
            {constant.values.begin(), constant.values.end()},
            {},
            constant.smaller.value_or(ValueType::real32)};
  return {constant.shape,
          {constant.integers.begin(), constant.integers.end()},
          {},
          constant.smaller.value_or(ValueType::int64)};
}

DoubleTensor of_singles(GraphTensor constant) {
  return {std::move(constant.shape), {}, {}, ValueType::real32, std::move(constant.values)};
}

// Operators compute in double; what a tensor of floats or halves can hold is decided here.
void round(const GraphNode& node, const Operands& operands, Arithmetic arithmetic, DoubleTensor& value) {
  const bool of_halves = std::ranges::any_of(
      operands, [](const DoubleTensor* operand) { return operand != nullptr && operand->type == ValueType::real16; });
  if (value.type == ValueType::real32 && of_halves && node.op != "Cast") value.type = ValueType::real16;
  if (value.type == ValueType::real16)
    for (double& number : value.values) number = in_half(number);
  if (value.type == ValueType::real32 && arithmetic == Arithmetic::rounded)
    for (double& number : value.values) number = in_single(number);
}

// A constant of the graph; nothing if it has none of this name. `product`: only a product reads it.
using FindConstant = std::function<std::optional<DoubleTensor>(const std::string& name, bool product)>;

// The named values of a graph, each from its first use to its last: keeping all constants in double would take twice
// the size of the model.
class LiveValues {
 public:
  LiveValues(const PlainGraph& graph, FindConstant constant, std::map<std::string, DoubleTensor> inputs)
      : constant_(std::move(constant)), values_(std::move(inputs)) {
    for (const GraphNode& node : graph.nodes)
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        ++reads_[node.inputs[i]];
        if (reads_singles(node, i)) ++products_[node.inputs[i]];
      }
    for (const GraphValue& output : graph.outputs) ++reads_[output.name];
  }

  // Null if there is no such value.
  [[nodiscard]] const DoubleTensor* find(const std::string& name) {
    if (const auto value = values_.find(name); value != values_.end()) return &value->second;
    const auto products = products_.find(name);
    std::optional<DoubleTensor> constant =
        constant_(name, products != products_.end() && products->second == reads_.at(name));
    return constant ? &(values_[name] = *std::move(constant)) : nullptr;
  }
  void add(const std::string& name, DoubleTensor value) {
    if (reads_.contains(name)) values_[name] = std::move(value);
  }
  void was_read(const std::string& name) {
    if (--reads_.at(name) == 0) values_.erase(name);
  }

 private:
  std::map<std::string, std::int64_t> reads_;     // how often each value is still read
  std::map<std::string, std::int64_t> products_;  // how often a product reads it as its weights
  FindConstant constant_;
  std::map<std::string, DoubleTensor> values_;
};

std::vector<DoubleTensor> evaluate(const PlainGraph& graph, LiveValues values, Arithmetic arithmetic,
                                   const ValueWatcher& watch) {
  for (const GraphNode& node : graph.nodes) {
    Operands operands;
    for (const std::string& input : node.inputs) {
      operands.push_back(input.empty() ? nullptr : values.find(input));
      if (!input.empty() && operands.back() == nullptr) refuse(node, "input '" + input + "' does not exist");
    }
    std::vector<DoubleTensor> results = compute(node, operands);
    if (node.outputs.empty() || node.outputs.size() > results.size())
      refuse(node, std::to_string(node.outputs.size()) + " outputs, expected 1 to " + std::to_string(results.size()));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      round(node, operands, arithmetic, results[i]);
      if (watch) watch(node.outputs[i], results[i]);
      values.add(node.outputs[i], std::move(results[i]));
    }
    for (const std::string& input : node.inputs) values.was_read(input);
  }
  std::vector<DoubleTensor> outputs;
  for (const GraphValue& output : graph.outputs) {
    const DoubleTensor* value = values.find(output.name);
    if (value == nullptr)
      fail(ErrorKind::data, "onnx", "output '" + output.name + "' does not exist, expected the output of a node");
    outputs.push_back(*value);
  }
  return outputs;
}

}  // namespace

std::vector<DoubleTensor> evaluate_graph(const PlainGraph& graph, std::map<std::string, DoubleTensor> inputs,
                                         Arithmetic arithmetic, const ValueWatcher& watch) {
  const FindConstant constant = [&](const std::string& name, bool product) -> std::optional<DoubleTensor> {
    const auto at = graph.constants.find(name);
    if (at == graph.constants.end()) return std::nullopt;
    return product && is_of_singles(at->second) ? of_singles(at->second) : in_double(at->second);
  };
  return evaluate(graph, LiveValues(graph, constant, std::move(inputs)), arithmetic, watch);
}

std::vector<DoubleTensor> evaluate_graph(PlainGraph&& graph, std::map<std::string, DoubleTensor> inputs,
                                         Arithmetic arithmetic, const ValueWatcher& watch) {
  const FindConstant constant = [&](const std::string& name, bool product) -> std::optional<DoubleTensor> {
    auto found = graph.constants.extract(name);
    if (found.empty()) return std::nullopt;
    return product && is_of_singles(found.mapped()) ? of_singles(std::move(found.mapped())) : in_double(found.mapped());
  };
  return evaluate(graph, LiveValues(graph, constant, std::move(inputs)), arithmetic, watch);
}

}  // namespace millrace
