// SPDX-License-Identifier: Apache-2.0
#include "export/graph_operators.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/names.hpp"
#include "export/column_operators.hpp"
#include "export/image_operators.hpp"
#include "millrace/error.hpp"

namespace millrace {

void refuse(const GraphNode& node, const std::string& text) {
  fail(ErrorKind::data, "onnx", node.op + " node '" + node.name + "': " + text);
}

double attribute(const GraphNode& node, const std::string& name, double fallback) {
  const auto at = node.attributes.find(name);
  if (at == node.attributes.end()) return fallback;
  if (const auto* value = std::get_if<float>(&at->second)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<std::int64_t>(&at->second)) return static_cast<double>(*value);
  refuse(node, "attribute " + name + " is not a number");
}

std::vector<std::int64_t> attribute(const GraphNode& node, const std::string& name,
                                    const std::vector<std::int64_t>& fallback) {
  const auto at = node.attributes.find(name);
  if (at == node.attributes.end()) return fallback;
  const auto* list = std::get_if<std::vector<std::int64_t>>(&at->second);
  if (list == nullptr || list->size() != fallback.size())
    refuse(node, "attribute " + name + " is not a list of " + std::to_string(fallback.size()) + " whole numbers");
  return *list;
}

double in_single(double number) {
  // Beyond the largest float the conversion is undefined.
  constexpr double largest = std::numeric_limits<float>::max();
  if (std::abs(number) > largest) return std::copysign(std::numeric_limits<double>::infinity(), number);
  return static_cast<double>(static_cast<float>(number));
}

Shape broadcast_shape(const GraphNode& node, const Operands& in) {
  Shape shape;
  for (const DoubleTensor* operand : in) {
    Shape next = operand->shape;
    if (next.size() < shape.size()) std::swap(next, shape);
    for (std::size_t d = 0; d < shape.size(); ++d) {
      std::int64_t& extent = next[next.size() - shape.size() + d];
      if (extent != shape[d] && extent != 1 && shape[d] != 1)
        refuse(node,
               "shapes " + shape_text(in[0]->shape) + " and " + shape_text(operand->shape) + " do not fit together");
      if (extent == 1) extent = shape[d];
    }
    shape = std::move(next);
  }
  return shape;
}

std::vector<std::size_t> broadcast_places(const Shape& from, const Shape& to) {
  std::vector<std::size_t> places(static_cast<std::size_t>(element_count(to)));
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t place = 0, step = 1;
    for (std::size_t d = to.size(), f = from.size(); f-- > 0;) {
      const std::int64_t index = rest % to[--d];
      rest /= to[d];
      place += from[f] == 1 ? 0 : index * step;
      step *= from[f];
    }
    places[i] = static_cast<std::size_t>(place);
  }
  return places;
}

namespace {

DoubleTensor elementwise(const DoubleTensor& x, const std::function<double(double)>& f) {
  DoubleTensor y = x;
  std::transform(y.values.begin(), y.values.end(), y.values.begin(), f);
  return y;
}

DoubleTensor broadcast(const GraphNode& node, const DoubleTensor& a, const DoubleTensor& b,
                       const std::function<double(double, double)>& f) {
  DoubleTensor y{broadcast_shape(node, {&a, &b}), {}, {}, a.type};
  const std::vector<std::size_t> from_a = broadcast_places(a.shape, y.shape),
                                 from_b = broadcast_places(b.shape, y.shape);
  y.values.resize(from_a.size());
  for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = f(a.values[from_a[i]], b.values[from_b[i]]);
  return y;
}

DoubleTensor product(const GraphNode& node, const DoubleTensor& a, const DoubleTensor& b, bool transpose_b) {
  if (a.shape.size() != 2 || b.shape.size() != 2)
    refuse(node, "shapes " + shape_text(a.shape) + " and " + shape_text(b.shape) + ", expected two matrices");
  const std::int64_t m = a.shape[0], k = a.shape[1], n = transpose_b ? b.shape[0] : b.shape[1];
  if ((transpose_b ? b.shape[1] : b.shape[0]) != k)
    refuse(node, "shapes " + shape_text(a.shape) + " and " + shape_text(b.shape) + " do not fit together");
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

// The mean over the last dimension, which stays with extent 1.
DoubleTensor mean_of_last(const GraphNode& node, const DoubleTensor& x) {
  const auto axes = node.attributes.find("axes");
  const auto* list = axes == node.attributes.end() ? nullptr : std::get_if<std::vector<std::int64_t>>(&axes->second);
  const bool last = list != nullptr && list->size() == 1 && ((*list)[0] == -1 || (*list)[0] == std::ssize(x.shape) - 1);
  if (!last || attribute(node, "keepdims", 1) != 1)
    refuse(node, "axes and keepdims are other than expected: the last axis alone, kept");
  const auto width = static_cast<std::size_t>(x.shape.back());
  DoubleTensor y{x.shape, std::vector<double>(x.values.size() / width)};
  y.shape.back() = 1;
  for (std::size_t i = 0; i < x.values.size(); ++i) y.values[i / width] += x.values[i] / static_cast<double>(width);
  return y;
}

DoubleTensor concatenate(const GraphNode& node, const Operands& in) {
  DoubleTensor y{{in.at(0)->shape.at(0), 0}, {}, {}, in.at(0)->type};
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
  DoubleTensor y{{}, in.at(0)->values, {}, in.at(0)->type};
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

double sign(double x) { return x == 0 || std::isnan(x) ? x : std::copysign(1.0, x); }

// NaN if one of them is.
double greater(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double less(double a, double b) { return std::isnan(a) || a < b ? a : b; }

double sigmoid(double z) { return z >= 0 ? 1 / (1 + std::exp(-z)) : std::exp(z) / (1 + std::exp(z)); }

DoubleTensor transpose(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const std::size_t rank = x.shape.size();
  std::vector<std::int64_t> reversed;
  for (std::size_t d = rank; d-- > 0;) reversed.push_back(static_cast<std::int64_t>(d));
  const std::vector<std::int64_t> order = attribute(node, "perm", reversed);
  if (!std::is_permutation(order.begin(), order.end(), reversed.begin(), reversed.end()))
    refuse(node, "perm is no order of " + std::to_string(rank) + " dimensions");
  std::vector<std::int64_t> strides(rank, 1);
  for (std::size_t d = rank; d-- > 1;) strides[d - 1] = strides[d] * x.shape[d];
  DoubleTensor y{{}, {}, {}, x.type};
  for (const std::int64_t d : order) y.shape.push_back(x.shape[static_cast<std::size_t>(d)]);
  y.values.resize(x.values.size());
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    for (std::size_t d = rank; d-- > 0; rest /= y.shape[d])
      from += rest % y.shape[d] * strides[static_cast<std::size_t>(order[d])];
    y.values[i] = x.values[static_cast<std::size_t>(from)];
  }
  return y;
}

// The table has every operator that an operation of millrace is exported to.
Operator unary(double (*f)(double)) {
  return [f](const GraphNode&, const Operands& in) { return elementwise(*in.at(0), f); };
}
Operator binary(double (*f)(double, double)) {
  return [f](const GraphNode& node, const Operands& in) { return broadcast(node, *in.at(0), *in.at(1), f); };
}
Operator variadic(double (*f)(double, double)) {
  return [f](const GraphNode& node, const Operands& in) {
    DoubleTensor y = *in.at(0);
    for (std::size_t i = 1; i < in.size(); ++i) y = broadcast(node, y, *in[i], f);
    return y;
  };
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
      {"Log", unary([](double x) { return std::log(x); })},
      {"Abs", unary([](double x) { return std::abs(x); })},
      {"Sign", unary(sign)},
      {"Sin", unary([](double x) { return std::sin(x); })},
      {"Cos", unary([](double x) { return std::cos(x); })},
      {"IsNaN", unary([](double x) { return std::isnan(x) ? 1.0 : 0.0; })},
      {"Max", variadic(greater)},
      {"Min", variadic(less)},
      {"Equal", binary([](double a, double b) { return a == b ? 1.0 : 0.0; })},
      {"Less", binary([](double a, double b) { return a < b ? 1.0 : 0.0; })},
      {"Greater", binary([](double a, double b) { return a > b ? 1.0 : 0.0; })},
      {"GreaterOrEqual", binary([](double a, double b) { return a >= b ? 1.0 : 0.0; })},
      {"And", binary([](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; })},
      {"Floor", unary([](double x) { return std::floor(x); })},
      {"Where", where},
      {"Mod",
       [](const GraphNode& node, const Operands& in) {
         if (attribute(node, "fmod", 0) != 1) refuse(node, "fmod is not set, expected 1");
         return broadcast(node, *in.at(0), *in.at(1), [](double a, double b) { return std::fmod(a, b); });
       }},
      {"Cast", cast},
      {"Gather", gather},
      {"LabelEncoder", encode_labels},
      {"ArgMax", arg_max},
  };
  return table;
}

}  // namespace

bool reads_texts(const GraphNode& node) { return node.op == "LabelEncoder" || node.op == "Gather"; }

const Operator& operator_of(const GraphNode& node) {
  const auto at = operators().find(node.op);
  if (at != operators().end()) return at->second;
  std::vector<std::string_view> known;
  for (const auto& [name, unused] : operators()) known.push_back(name);
  fail(ErrorKind::data, "onnx", unknown_name("operator", node.op, known));
}

}  // namespace millrace
