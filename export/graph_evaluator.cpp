// SPDX-License-Identifier: Apache-2.0
#include "export/graph_evaluator.hpp"

#include <utility>

#include "export/graph_operators.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

DoubleTensor in_double(GraphTensor constant) {
  if (!constant.texts.empty()) return {std::move(constant.shape), {}, std::move(constant.texts), ValueType::text};
  if (!constant.doubles.empty()) return {std::move(constant.shape), std::move(constant.doubles), {}, ValueType::real64};
  if (constant.integers.empty())
    return {std::move(constant.shape), {constant.values.begin(), constant.values.end()}, {}, ValueType::real32};
  return {std::move(constant.shape), {constant.integers.begin(), constant.integers.end()}, {}, ValueType::int64};
}

// The named values of a graph, each from its first use to its last: keeping all constants in double would take twice
// the size of the model.
class LiveValues {
 public:
  LiveValues(const PlainGraph& graph, std::map<std::string, GraphTensor> constants,
             std::map<std::string, DoubleTensor> inputs)
      : constants_(std::move(constants)), values_(std::move(inputs)) {
    for (const GraphNode& node : graph.nodes)
      for (const std::string& input : node.inputs) ++reads_[input];
    for (const GraphValue& output : graph.outputs) ++reads_[output.name];
  }

  // Null if there is no such value.
  [[nodiscard]] const DoubleTensor* find(const std::string& name) {
    if (const auto value = values_.find(name); value != values_.end()) return &value->second;
    auto constant = constants_.extract(name);
    return constant.empty() ? nullptr : &(values_[name] = in_double(std::move(constant.mapped())));
  }
  void add(const std::string& name, DoubleTensor value) {
    if (reads_.contains(name)) values_[name] = std::move(value);
  }
  void was_read(const std::string& name) {
    if (--reads_.at(name) == 0) values_.erase(name);
  }

 private:
  std::map<std::string, std::int64_t> reads_;  // how often each value is still read
  std::map<std::string, GraphTensor> constants_;
  std::map<std::string, DoubleTensor> values_;
};

}  // namespace

std::vector<DoubleTensor> evaluate_graph(PlainGraph graph, std::map<std::string, DoubleTensor> inputs,
                                         Arithmetic arithmetic) {
  LiveValues values(graph, std::move(graph.constants), std::move(inputs));
  for (const GraphNode& node : graph.nodes) {
    Operands operands;
    for (const std::string& input : node.inputs) {
      operands.push_back(input.empty() ? nullptr : values.find(input));
      if (!input.empty() && operands.back() == nullptr) refuse(node, "input '" + input + "' does not exist");
      if (!input.empty() && operands.back()->type == ValueType::text && !reads_texts(node))
        refuse(node, "input '" + input + "' has texts, expected numbers");
    }
    DoubleTensor value = operator_of(node)(node, operands);
    if (arithmetic == Arithmetic::rounded && value.type == ValueType::real32)
      for (double& number : value.values) number = in_single(number);
    values.add(node.outputs.at(0), std::move(value));
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

}  // namespace millrace
