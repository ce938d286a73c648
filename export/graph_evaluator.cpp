// SPDX-License-Identifier: Apache-2.0
#include "export/graph_evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "base/names.hpp"
#include "export/graph_operators.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

DoubleTensor elementwise(const DoubleTensor& x, const std::function<double(double)>& f) {
  DoubleTensor y = x;
  std::transform(y.values.begin(), y.values.end(), y.values.begin(), f);
  return y;
}

// Numpy's rules: shapes are aligned at their last dimension, an extent of 1 repeats.
DoubleTensor broadcast(const GraphNode& node, const DoubleTensor& a, const DoubleTensor& b,
                       const std::function<double(double, double)>& f) {
  const std::size_t rank = std::max(a.shape.size(), b.shape.size());
  const auto extent = [&](const DoubleTensor& t, std::size_t d) {
    return d + t.shape.size() < rank ? 1 : t.shape[d + t.shape.size() - rank];
  };
  DoubleTensor y;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t ea = extent(a, d), eb = extent(b, d);
    if (ea != eb && ea != 1 && eb != 1)
      refuse(node, "shapes " + shape_text(a.shape) + " and " + shape_text(b.shape) + " do not meet");
    y.shape.push_back(std::max(ea, eb));
  }
  const std::int64_t count = element_count(y.shape);
  y.values.resize(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i, ia = 0, ib = 0, step_a = 1, step_b = 1;
    for (std::size_t d = rank; d-- > 0;) {
      const std::int64_t index = rest % y.shape[d];
      rest /= y.shape[d];
      const std::int64_t ea = extent(a, d), eb = extent(b, d);
      ia += ea == 1 ? 0 : index * step_a;
      ib += eb == 1 ? 0 : index * step_b;
      step_a *= ea;
      step_b *= eb;
    }
    y.values[static_cast<std::size_t>(i)] =
        f(a.values[static_cast<std::size_t>(ia)], b.values[static_cast<std::size_t>(ib)]);
  }
  return y;
}

DoubleTensor product(const GraphNode& node, const DoubleTensor& a, const DoubleTensor& b, bool transpose_b) {
  if (a.shape.size() != 2 || b.shape.size() != 2)
    refuse(node, "shapes " + shape_text(a.shape) + " and " + shape_text(b.shape) + ", expected two matrices");
  const std::int64_t m = a.shape[0], k = a.shape[1], n = transpose_b ? b.shape[0] : b.shape[1];
  if ((transpose_b ? b.shape[1] : b.shape[0]) != k)
    refuse(node, "shapes " + shape_text(a.shape) + " and " + shape_text(b.shape) + " do not meet");
  DoubleTensor y{{m, n}, std::vector<double>(static_cast<std::size_t>(m * n))};
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t p = 0; p < k; ++p) {
      const double x = a.values[static_cast<std::size_t>(i * k + p)];
      for (std::int64_t j = 0; j < n; ++j)
        y.values[static_cast<std::size_t>(i * n + j)] +=
            x * b.values[static_cast<std::size_t>(transpose_b ? j * k + p : p * n + j)];
    }
  }
  return y;
}

DoubleTensor gemm(const GraphNode& node, const Operands& in) {
  if (attribute(node, "transA", 0) != 0) refuse(node, "transA is set, expected 0");
  DoubleTensor y = product(node, *in.at(0), *in.at(1), attribute(node, "transB", 0) != 0);
  const double alpha = attribute(node, "alpha", 1), beta = attribute(node, "beta", 1);
  for (double& value : y.values) value *= alpha;
  if (in.size() < 3 || in[2] == nullptr) return y;
  return broadcast(node, y, *in[2], [beta](double a, double c) { return a + beta * c; });
}

DoubleTensor softmax(const GraphNode& node, const DoubleTensor& x, bool logarithm) {
  const auto axis = static_cast<std::int64_t>(attribute(node, "axis", -1));
  if (axis != -1 && axis != std::ssize(x.shape) - 1)
    refuse(node, "axis is " + std::to_string(axis) + ", expected the last");
  DoubleTensor y = x;
  const std::int64_t width = x.shape.back();
  for (std::size_t row = 0; row < y.values.size(); row += static_cast<std::size_t>(width)) {
    const auto begin = y.values.begin() + static_cast<std::ptrdiff_t>(row), end = begin + width;
    const double largest = *std::max_element(begin, end);
    double sum = 0;
    std::for_each(begin, end, [&](double z) { sum += std::exp(z - largest); });
    std::transform(begin, end, begin,
                   [&](double z) { return logarithm ? z - largest - std::log(sum) : std::exp(z - largest) / sum; });
  }
  return y;
}

// Over the last dimension, which stays with extent 1.
DoubleTensor mean_of_last(const GraphNode& node, const DoubleTensor& x) {
  const auto axes = node.attributes.find("axes");
  const auto* list = axes == node.attributes.end() ? nullptr : std::get_if<std::vector<std::int64_t>>(&axes->second);
  const bool last = list != nullptr && list->size() == 1 && ((*list)[0] == -1 || (*list)[0] == std::ssize(x.shape) - 1);
  if (!last || attribute(node, "keepdims", 1) != 1) refuse(node, "axes are not the last alone, kept");
  const auto width = static_cast<std::size_t>(x.shape.back());
  DoubleTensor y{x.shape, std::vector<double>(x.values.size() / width)};
  y.shape.back() = 1;
  for (std::size_t i = 0; i < x.values.size(); ++i) y.values[i / width] += x.values[i] / static_cast<double>(width);
  return y;
}

DoubleTensor batch_normalization(const GraphNode& node, const Operands& in) {
  const double epsilon = attribute(node, "epsilon", 1e-5);
  DoubleTensor y = *in.at(0);
  const auto width = static_cast<std::size_t>(y.shape.at(1));
  if (y.shape.size() != 2) refuse(node, "input has shape " + shape_text(y.shape) + ", expected a matrix");
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const std::size_t c = i % width;
    y.values[i] =
        (y.values[i] - in.at(3)->values.at(c)) / std::sqrt(in.at(4)->values.at(c) + epsilon) * in.at(1)->values.at(c) +
        in.at(2)->values.at(c);
  }
  return y;
}

DoubleTensor concatenate(const GraphNode& node, const Operands& in) {
  DoubleTensor y{{in.at(0)->shape.at(0), 0}, {}};
  for (const DoubleTensor* part : in) {
    if (part->shape.size() != 2 || part->shape[0] != y.shape[0])
      refuse(node, "an input has shape " + shape_text(part->shape) + ", expected a matrix of " +
                       std::to_string(y.shape[0]) + " rows");
    y.shape[1] += part->shape[1];
  }
  for (std::int64_t r = 0; r < y.shape[0]; ++r) {
    for (const DoubleTensor* part : in) {
      const auto begin = part->values.begin() + r * part->shape[1];
      y.values.insert(y.values.end(), begin, begin + part->shape[1]);
    }
  }
  return y;
}

DoubleTensor reshape(const GraphNode& node, const Operands& in) {
  DoubleTensor y{{}, in.at(0)->values};
  std::int64_t known = 1;
  for (const double extent : in.at(1)->values) {
    y.shape.push_back(static_cast<std::int64_t>(extent));
    known *= extent > 0 ? y.shape.back() : 1;
  }
  for (std::int64_t& extent : y.shape) extent = extent == -1 ? std::ssize(y.values) / known : extent;
  if (element_count(y.shape) != std::ssize(y.values))
    refuse(node, std::to_string(y.values.size()) + " elements do not have shape " + shape_text(y.shape));
  return y;
}

double sigmoid(double z) { return z >= 0 ? 1 / (1 + std::exp(-z)) : std::exp(z) / (1 + std::exp(z)); }

// Rows of the table: one for every operator that an operation of millrace is exported to.
Operator unary(double (*f)(double)) {
  return [f](const GraphNode&, const Operands& in) { return elementwise(*in.at(0), f); };
}
Operator binary(double (*f)(double, double)) {
  return [f](const GraphNode& node, const Operands& in) { return broadcast(node, *in.at(0), *in.at(1), f); };
}

const std::map<std::string, Operator>& operators() {
  static const std::map<std::string, Operator> table{
      {"Identity", unary([](double x) { return x; })},
      {"Relu", unary([](double x) { return std::max(x, 0.0); })},
      {"Sigmoid", unary(sigmoid)},
      {"Tanh", unary([](double x) { return std::tanh(x); })},
      {"Exp", unary([](double x) { return std::exp(x); })},
      {"Erf", unary([](double x) { return std::erf(x); })},
      {"Softplus", unary([](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); })},
      {"Softsign", unary([](double x) { return x / (1 + std::abs(x)); })},
      {"Elu",
       [](const GraphNode& node, const Operands& in) {
         const double alpha = attribute(node, "alpha", 1);
         return elementwise(*in.at(0), [alpha](double x) { return x > 0 ? x : alpha * std::expm1(x); });
       }},
      {"Selu",
       [](const GraphNode& node, const Operands& in) {
         const double alpha = attribute(node, "alpha", 1.67326319217681884765625),
                      gamma = attribute(node, "gamma", 1.05070102214813232421875);
         return elementwise(*in.at(0),
                            [alpha, gamma](double x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); });
       }},
      {"HardSigmoid",
       [](const GraphNode& node, const Operands& in) {
         const double alpha = attribute(node, "alpha", 0.2), beta = attribute(node, "beta", 0.5);
         return elementwise(*in.at(0),
                            [alpha, beta](double x) { return std::min(1.0, std::max(0.0, alpha * x + beta)); });
       }},
      {"LeakyRelu",
       [](const GraphNode& node, const Operands& in) {
         const double alpha = attribute(node, "alpha", 0.01);
         return elementwise(*in.at(0), [alpha](double x) { return x >= 0 ? x : alpha * x; });
       }},
      {"PRelu", binary([](double x, double slope) { return x > 0 ? x : slope * x; })},
      {"Softmax", [](const GraphNode& node, const Operands& in) { return softmax(node, *in.at(0), false); }},
      {"Sqrt", unary([](double x) { return std::sqrt(x); })},
      {"ReduceMean", [](const GraphNode& node, const Operands& in) { return mean_of_last(node, *in.at(0)); }},
      {"BatchNormalization", batch_normalization},
      {"Concat", concatenate},
      {"Flatten",
       [](const GraphNode&, const Operands& in) {
         return DoubleTensor{{in.at(0)->shape[0], element_count(in.at(0)->shape) / in.at(0)->shape[0]},
                             in.at(0)->values};
       }},
      {"Reshape", reshape},
      {"LogSoftmax", [](const GraphNode& node, const Operands& in) { return softmax(node, *in.at(0), true); }},
      {"Add", binary([](double a, double b) { return a + b; })},
      {"Sub", binary([](double a, double b) { return a - b; })},
      {"Mul", binary([](double a, double b) { return a * b; })},
      {"Div", binary([](double a, double b) { return a / b; })},
      {"MatMul", [](const GraphNode& node, const Operands& in) { return product(node, *in.at(0), *in.at(1), false); }},
      {"Gemm", gemm},
      {"Conv", convolution},
      {"MaxPool", max_pool},
      {"AveragePool", average_pool},
      {"GlobalMaxPool", global_max_pool},
      {"GlobalAveragePool", global_average_pool},
      {"Transpose", transpose},
      {"Cast", cast},
      {"Gather", gather},
  };
  return table;
}

DoubleTensor in_double(const GraphTensor& constant) {
  DoubleTensor tensor{constant.shape, {constant.values.begin(), constant.values.end()}};
  if (constant.values.empty()) tensor.values.assign(constant.integers.begin(), constant.integers.end());
  return tensor;
}

double in_single(double number) {
  // Beyond the largest float the conversion is undefined.
  constexpr double largest = std::numeric_limits<float>::max();
  if (std::abs(number) > largest) return std::copysign(std::numeric_limits<double>::infinity(), number);
  return static_cast<double>(static_cast<float>(number));
}

// What has a name in a graph, from where it is made, or first read, to where it is last read: all constants in double
// would be twice the size of the model.
class LiveValues {
 public:
  LiveValues(const PlainGraph& graph, std::map<std::string, GraphTensor> constants,
             std::map<std::string, DoubleTensor> inputs)
      : constants_(std::move(constants)), values_(std::move(inputs)) {
    for (const GraphNode& node : graph.nodes)
      for (const std::string& input : node.inputs) ++reads_[input];
    for (const GraphValue& output : graph.outputs) ++reads_[output.name];
  }

  // Null where there is no such value.
  [[nodiscard]] const DoubleTensor* find(const std::string& name) {
    if (const auto value = values_.find(name); value != values_.end()) return &value->second;
    const auto constant = constants_.extract(name);
    return constant.empty() ? nullptr : &(values_[name] = in_double(constant.mapped()));
  }
  void add(const std::string& name, DoubleTensor value) {
    if (reads_.contains(name)) values_[name] = std::move(value);
  }
  void was_read(const std::string& name) {
    if (--reads_.at(name) == 0) values_.erase(name);
  }

 private:
  std::map<std::string, std::int64_t> reads_;  // to come
  std::map<std::string, GraphTensor> constants_;
  std::map<std::string, DoubleTensor> values_;
};

const Operator& operator_of(const GraphNode& node) {
  const auto at = operators().find(node.op);
  if (at != operators().end()) return at->second;
  std::vector<std::string_view> known;
  for (const auto& [name, unused] : operators()) known.push_back(name);
  fail(ErrorKind::data, "onnx", unknown_name("operator", node.op, known));
}

}  // namespace

std::vector<DoubleTensor> evaluate_graph(PlainGraph graph, std::map<std::string, DoubleTensor> inputs,
                                         Arithmetic arithmetic) {
  LiveValues values(graph, std::move(graph.constants), std::move(inputs));
  for (const GraphNode& node : graph.nodes) {
    Operands operands;
    for (const std::string& input : node.inputs) {
      operands.push_back(input.empty() ? nullptr : values.find(input));
      if (!input.empty() && operands.back() == nullptr) refuse(node, "input '" + input + "' is not there");
    }
    DoubleTensor value = operator_of(node)(node, operands);
    if (arithmetic == Arithmetic::rounded)
      for (double& number : value.values) number = in_single(number);
    values.add(node.outputs.at(0), std::move(value));
    for (const std::string& input : node.inputs) values.was_read(input);
  }
  std::vector<DoubleTensor> outputs;
  for (const GraphValue& output : graph.outputs) {
    const DoubleTensor* value = values.find(output.name);
    if (value == nullptr)
      fail(ErrorKind::data, "onnx", "output '" + output.name + "' is not there, expected the output of a node");
    outputs.push_back(*value);
  }
  return outputs;
}

}  // namespace millrace
