// SPDX-License-Identifier: Apache-2.0
#include "export/graph_operators.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "export/column_operators.hpp"
#include "export/image_operators.hpp"
#include "export/operator_support.hpp"

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

std::int64_t whole_attribute(const GraphNode& node, const std::string& name, std::int64_t fallback) {
  const auto at = node.attributes.find(name);
  if (at == node.attributes.end()) return fallback;
  if (const auto* value = std::get_if<std::int64_t>(&at->second)) return *value;
  refuse(node, "attribute " + name + " is not a whole number");
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

void require_room(const GraphNode& node, const Shape& shape) {
  constexpr std::int64_t most = 1 << 27;
  std::int64_t places = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || extent > most || (places *= std::max<std::int64_t>(extent, 1)) > most)
      refuse(node,
             "a result of shape " + shape_text(shape) + ", expected at most " + std::to_string(most) + " numbers");
  }
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
  require_room(node, shape);
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

DoubleTensor product(const GraphNode& node, const DoubleTensor& a, const DoubleTensor& b, bool transpose_b) {
  if (a.shape.size() != 2 || b.shape.size() != 2)
    refuse(node, "shapes " + shape_text(a.shape) + " and " + shape_text(b.shape) + ", expected two matrices");
  const std::int64_t m = a.shape[0], k = a.shape[1], n = transpose_b ? b.shape[0] : b.shape[1];
  if ((transpose_b ? b.shape[1] : b.shape[0]) != k)
    refuse(node, "shapes " + shape_text(a.shape) + " and " + shape_text(b.shape) + " do not fit together");
  const auto number = [&](std::int64_t i) {
    return b.singles.empty() ? b.values[i] : static_cast<double>(b.singles[i]);
  };
  require_room(node, {m, n});
  DoubleTensor y{{m, n}, std::vector<double>(static_cast<std::size_t>(m * n))};
  if (y.values.empty()) return y;
  // A few columns of b at a time, side by side, so that neither layout of b is read across its rows.
  constexpr std::int64_t width = 8;
  std::vector<double> columns(static_cast<std::size_t>(k * width));
  for (std::int64_t first = 0; first < n; first += width) {
    const std::int64_t count = std::min(width, n - first);
    for (std::int64_t j = 0; j < count; ++j)
      for (std::int64_t p = 0; p < k; ++p)
        columns[p * width + j] = number(transpose_b ? (first + j) * k + p : p * n + first + j);
    for (std::int64_t i = 0; i < m; ++i) {
      std::array<double, width> sums{};
      for (std::int64_t p = 0; p < k; ++p)
        for (std::int64_t j = 0; j < width; ++j) sums[j] += a.values[i * k + p] * columns[p * width + j];
      std::copy_n(sums.begin(), count, y.values.begin() + i * n + first);
    }
  }
  return y;
}

// MatMul also multiplies each vector of a tensor with more dimensions by a matrix.
DoubleTensor matmul(const GraphNode& node, const Operands& in) {
  const DoubleTensor &a = *in.at(0), &b = *in.at(1);
  if (a.shape.size() < 3 || b.shape.size() != 2) return product(node, a, b, false);
  const std::int64_t width = a.shape.back();
  DoubleTensor y = product(node, {{width == 0 ? 0 : element_count(a.shape) / width, width}, a.values}, b, false);
  Shape shape = a.shape;
  shape.back() = b.shape[1];
  y.shape = std::move(shape);
  return y;
}

DoubleTensor transposed(const GraphNode& node, const DoubleTensor& x) {
  if (x.shape.size() != 2) refuse(node, "shape " + shape_text(x.shape) + ", expected a matrix");
  DoubleTensor y{{x.shape[1], x.shape[0]}, {}, {}, x.type};
  for (std::int64_t c = 0; c < x.shape[1]; ++c)
    for (std::int64_t r = 0; r < x.shape[0]; ++r)
      y.values.push_back(x.values[static_cast<std::size_t>(r * x.shape[1] + c)]);
  return y;
}

DoubleTensor gemm(const GraphNode& node, const Operands& in) {
  DoubleTensor y = attribute(node, "transA", 0) == 0
                       ? product(node, *in.at(0), *in.at(1), attribute(node, "transB", 0) != 0)
                       : product(node, transposed(node, *in.at(0)), *in.at(1), attribute(node, "transB", 0) != 0);
  const double alpha = attribute(node, "alpha", 1), beta = attribute(node, "beta", 1);
  for (double& value : y.values) value *= alpha;
  if (in.size() < 3 || in[2] == nullptr) return y;
  return broadcast(node, y, *in[2], [beta](double a, double c) { return a + beta * c; });
}

double sign(double x) { return x == 0 || std::isnan(x) ? x : std::copysign(1.0, x); }

// NaN if one of them is.
double greater(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double less(double a, double b) { return std::isnan(a) || a < b ? a : b; }

OperatorTable own_operators() {
  return {
      {"Identity", {[](const GraphNode&, const Operands& in) { return *in.at(0); }, {.texts = true}}},
      {"Relu", unary([](double x) { return std::max(x, 0.0); })},
      {"Sigmoid", unary(sigmoid)},
      {"Tanh", unary([](double x) { return std::tanh(x); })},
      {"Asinh", unary([](double x) { return std::asinh(x); })},
      {"Exp", unary([](double x) { return std::exp(x); })},
      {"Erf", unary([](double x) { return std::erf(x); })},
      {"Softplus", unary(softplus)},
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
      {"Sqrt", unary([](double x) { return std::sqrt(x); })},
      {"Add", binary([](double a, double b) { return a + b; })},
      {"Sub", binary([](double a, double b) { return a - b; })},
      {"Mul", binary([](double a, double b) { return a * b; })},
      {"Div", binary([](double a, double b) { return a / b; })},
      {"MatMul", {matmul, {.least = 2, .singles = true}}},
      {"Gemm", {gemm, {.least = 2, .singles = true}}},
      {"Conv", {convolution, {.least = 2}}},
      {"MaxPool", max_pool},
      {"AveragePool", average_pool},
      {"GlobalMaxPool", global_max_pool},
      {"GlobalAveragePool", global_average_pool},
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
      {"Ceil", unary([](double x) { return std::ceil(x); })},
      {"Where", {where, {.least = 3}}},
      {"Mod",
       {[](const GraphNode& node, const Operands& in) {
          if (attribute(node, "fmod", 0) != 1) refuse(node, "fmod is not set, expected 1");
          return broadcast(node, *in.at(0), *in.at(1), [](double a, double b) { return std::fmod(a, b); });
        },
        {.least = 2}}},
      {"Cast", cast},
      {"LabelEncoder", {encode_labels, {.texts = true}}},
      {"ArgMax", arg_max},
  };
}

const OperatorTable& operators() {
  static const OperatorTable table = [] {
    OperatorTable all = own_operators();
    for (OperatorTable more : {shape_operators(), reduction_operators(), foreign_operators(), foreign_shape_operators(),
                               encoder_operators(), quantized_operators()})
      all.merge(more);
    return all;
  }();
  return table;
}

}  // namespace

bool reads_singles(const GraphNode& node, std::size_t input) {
  const auto at = operators().find(node.op);
  return input == 1 && at != operators().end() && at->second.inputs().singles;
}

bool is_known_operator(const std::string& op) { return operators().contains(op); }

const Operator& operator_of(const GraphNode& node) {
  const auto at = operators().find(node.op);
  if (at != operators().end()) return at->second;
  std::vector<std::string_view> known;
  for (const auto& [name, unused] : operators()) known.push_back(name);
  fail(ErrorKind::data, "onnx", unknown_name("operator", node.op, known));
}

namespace {

// Throws unless the inputs that the operator cannot do without are there.
void require_operands(const GraphNode& node, const OperatorInputs& inputs, const Operands& operands) {
  const std::size_t least = inputs.least == every_input ? std::max<std::size_t>(1, operands.size()) : inputs.least;
  const auto given = static_cast<std::size_t>(std::find(operands.begin(), operands.end(), nullptr) - operands.begin());
  if (given < least)
    refuse(node, "has " + std::to_string(given) + " inputs, expected " + std::to_string(least) + " or more");
}

// Operators count by shapes, also by those of tensors without numbers.
void require_sound(const GraphNode& node, const DoubleTensor& value) {
  const std::size_t elements = std::max({value.values.size(), value.texts.size(), value.singles.size()});
  if (elements == 0) require_room(node, value.shape);
  if (!std::cmp_equal(element_count(value.shape), elements))
    refuse(node, std::to_string(elements) + " elements for shape " + shape_text(value.shape));
}

}  // namespace

std::vector<DoubleTensor> compute(const GraphNode& node, const Operands& operands) {
  const Operator& op = operator_of(node);
  require_operands(node, op.inputs(), operands);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i] == nullptr) continue;
    if (operands[i]->type == ValueType::text && !op.inputs().texts)
      refuse(node, "input '" + node.inputs.at(i) + "' has texts, expected numbers");
    require_sound(node, *operands[i]);
  }
  std::vector<DoubleTensor> results = op(node, operands);
  for (const DoubleTensor& result : results) require_sound(node, result);
  return results;
}

}  // namespace millrace
