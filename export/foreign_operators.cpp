// SPDX-License-Identifier: Apache-2.0
//
// Elementwise operators that millrace does not write: files of other makers have them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "export/operator_support.hpp"

namespace millrace {

namespace {

double hard_swish(double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }

DoubleTensor gelu(const GraphNode& node, const Operands& in) {
  const bool with_tanh = text_attribute(node, "approximate") == "tanh";
  return elementwise(*in.at(0), [with_tanh](double x) {
    if (!with_tanh) return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
  });
}

// Limits are attributes up to opset 10, inputs later.
DoubleTensor clip(const GraphNode& node, const Operands& in) {
  const auto limit = [&](std::size_t input, const char* name, double fallback) {
    const bool given = input < in.size() && in[input] != nullptr && !in[input]->values.empty();
    return given ? in[input]->values[0] : attribute(node, name, fallback);
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double least = limit(1, "min", -infinity), most = limit(2, "max", infinity);
  return elementwise(*in.at(0), [=](double x) { return std::min(std::max(x, least), most); });
}

DoubleTensor celu(const GraphNode& node, const Operands& in) {
  const double alpha = attribute(node, "alpha", 1);
  return elementwise(*in.at(0), [alpha](double x) { return x > 0 ? x : alpha * std::expm1(x / alpha); });
}

DoubleTensor swish(const GraphNode& node, const Operands& in) {
  const double alpha = attribute(node, "alpha", 1);
  return elementwise(*in.at(0), [alpha](double x) { return x * sigmoid(alpha * x); });
}

std::int64_t columns_of(const GraphNode& node, const DoubleTensor& x) {
  if (x.shape.empty()) refuse(node, "has one number, expected columns");
  return x.shape.back();
}

// scikit-learn's scalers: (x - offset) scale, each one number or one a column.
DoubleTensor scaler(const GraphNode& node, const Operands& in) {
  DoubleTensor y = *in.at(0);
  const auto numbers = [&](const char* name, float fallback) {
    const auto at = node.attributes.find(name);
    const auto* list = at == node.attributes.end() ? nullptr : std::get_if<std::vector<float>>(&at->second);
    return list == nullptr || list->empty() ? std::vector<float>{fallback} : *list;
  };
  const std::vector<float> offset = numbers("offset", 0), scale = numbers("scale", 1);
  const auto columns = static_cast<std::size_t>(columns_of(node, y));
  for (const std::size_t count : {offset.size(), scale.size()})
    if (count != 1 && count != columns)
      refuse(node, std::to_string(count) + " numbers for " + std::to_string(columns) + " columns");
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const auto of_column = [&](const std::vector<float>& list) {
      return static_cast<double>(list[list.size() == 1 ? 0 : i % columns]);
    };
    y.values[i] = (y.values[i] - of_column(offset)) * of_column(scale);
  }
  return y;
}

// Rows of sum 1.
DoubleTensor normalizer(const GraphNode& node, const Operands& in) {
  if (text_attribute(node, "norm") != "L1") refuse(node, "norm is '" + text_attribute(node, "norm") + "', expected L1");
  DoubleTensor y = *in.at(0);
  const auto width = static_cast<std::size_t>(columns_of(node, y));
  for (std::size_t first = 0; first < y.values.size(); first += width) {
    double sum = 0;
    for (std::size_t i = first; i < first + width; ++i) sum += std::abs(y.values[i]);
    for (std::size_t i = first; i < first + width && sum != 0; ++i) y.values[i] /= sum;
  }
  return y;
}

}  // namespace

OperatorTable foreign_operators() {
  return {{"Pow", binary([](double a, double b) { return std::pow(a, b); })},
          {"Neg", unary([](double x) { return -x; })},
          {"Reciprocal", unary([](double x) { return 1 / x; })},
          {"Mish", unary([](double x) { return x * std::tanh(softplus(x)); })},
          {"HardSwish", unary(hard_swish)},
          {"Sum", variadic([](double a, double b) { return a + b; })},
          {"Erfc", unary([](double x) { return std::erfc(x); })},
          {"Not", unary([](double x) { return x == 0 ? 1.0 : 0.0; })},
          {"Gelu", gelu},
          {"Clip", clip},
          {"Celu", celu},
          {"Scaler", scaler},
          {"Normalizer", normalizer},
          {"Swish", swish}};
}

}  // namespace millrace
