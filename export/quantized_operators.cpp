// SPDX-License-Identifier: Apache-2.0
//
// Operators on whole numbers of 8 bits. A quantised number q with a scale and a zero point stands for
// (q - zero point) * scale; scale and zero point are one number each, or one for each place along an axis.
#include <algorithm>
#include <cmath>

#include "export/image_operators.hpp"
#include "export/operator_support.hpp"

namespace millrace {

namespace {

struct Interval {
  double least, most;
};

Interval interval_of(const GraphNode& node, ValueType type) {
  if (type == ValueType::uint8) return {0, 255};
  if (type == ValueType::int8) return {-128, 127};
  refuse(node, "the zero point is neither INT8 nor UINT8");
}

double quantized(double number, double scale, double zero_point, const Interval& interval) {
  return std::clamp(std::nearbyint(number / scale) + zero_point, interval.least, interval.most);
}

// Scale and zero point of each element of a tensor.
class Quantization {
 public:
  Quantization(const GraphNode& node, const Operands& in)
      : scales_(in.at(1)->values), zero_points_(in.size() > 2 && in[2] != nullptr ? in[2]->values : no_zero_points) {
    if (scales_.size() > 1) {
      const Shape& shape = in[0]->shape;
      const std::size_t axis = axis_of(node, whole_attribute(node, "axis", 1), shape.size());
      const AxisView view(shape, axis);
      inner_ = static_cast<std::size_t>(view.inner);
      if (std::ssize(scales_) != view.extent)
        refuse(node, std::to_string(scales_.size()) + " scales for an extent of " + std::to_string(view.extent));
    }
    if (scales_.empty() || (!zero_points_.empty() && zero_points_.size() != scales_.size()))
      refuse(node, std::to_string(scales_.size()) + " scales and " + std::to_string(zero_points_.size()) +
                       " zero points, expected the same number");
  }
  [[nodiscard]] double scale(std::size_t element) const { return scales_[place(element)]; }
  [[nodiscard]] double zero_point(std::size_t element) const {
    return zero_points_.empty() ? 0 : zero_points_[place(element)];
  }

 private:
  static inline const std::vector<double> no_zero_points{};
  [[nodiscard]] std::size_t place(std::size_t element) const { return element / inner_ % scales_.size(); }

  const std::vector<double>&scales_, &zero_points_;
  std::size_t inner_ = 1;
};

DoubleTensor quantize_linear(const GraphNode& node, const Operands& in) {
  const bool has_zero_point = in.size() > 2 && in[2] != nullptr;
  DoubleTensor y = *in.at(0);
  y.type = has_zero_point ? in[2]->type : ValueType::uint8;
  const Interval interval = interval_of(node, y.type);
  const Quantization quantization(node, in);
  for (std::size_t i = 0; i < y.values.size(); ++i)
    y.values[i] = quantized(y.values[i], quantization.scale(i), quantization.zero_point(i), interval);
  return y;
}

DoubleTensor dequantize_linear(const GraphNode& node, const Operands& in) {
  DoubleTensor y = *in.at(0);
  y.type = in.at(1)->type;
  const Quantization quantization(node, in);
  for (std::size_t i = 0; i < y.values.size(); ++i)
    y.values[i] = (y.values[i] - quantization.zero_point(i)) * quantization.scale(i);
  return y;
}

// Scale and zero point follow from the extremes of the tensor, and 0 is among the numbers that it can hold.
std::vector<DoubleTensor> dynamic_quantize_linear(const GraphNode&, const Operands& in) {
  DoubleTensor y = *in.at(0);
  double least = 0, most = 0;
  for (const double number : y.values) {
    least = std::min(least, number);
    most = std::max(most, number);
  }
  const double scale = most == least ? 1 : (most - least) / 255;
  const double zero_point = std::clamp(std::nearbyint(-least / scale), 0.0, 255.0);
  for (double& number : y.values) number = quantized(number, scale, zero_point, {0, 255});
  y.type = ValueType::uint8;
  return {std::move(y), {{}, {scale}}, {{}, {zero_point}, {}, ValueType::uint8}};
}

// Whole numbers less their zero point, which is one number.
DoubleTensor shifted(const GraphNode& node, const Operands& in, std::size_t operand, std::size_t zero_point) {
  DoubleTensor x = *in.at(operand);
  if (zero_point >= in.size() || in[zero_point] == nullptr) return x;
  if (in[zero_point]->values.size() != 1) refuse(node, "several zero points, expected one");
  for (double& number : x.values) number -= in[zero_point]->values[0];
  return x;
}

DoubleTensor of_whole_numbers(const Operator& product, const GraphNode& node, const Operands& in) {
  const DoubleTensor a = shifted(node, in, 0, 2), b = shifted(node, in, 1, 3);
  DoubleTensor y = std::move(product(node, {&a, &b}).at(0));
  y.type = ValueType::int32;
  return y;
}

DoubleTensor matmul_integer(const GraphNode& node, const Operands& in) {
  return of_whole_numbers(operator_of({.op = "MatMul"}), node, in);
}

DoubleTensor conv_integer(const GraphNode& node, const Operands& in) { return of_whole_numbers(convolution, node, in); }

}  // namespace

OperatorTable quantized_operators() {
  return {{"QuantizeLinear", {quantize_linear, {.least = 2}}},
          {"DequantizeLinear", {dequantize_linear, {.least = 2}}},
          {"DynamicQuantizeLinear", dynamic_quantize_linear},
          {"MatMulInteger", {matmul_integer, {.least = 2}}},
          {"ConvInteger", {conv_integer, {.least = 2}}}};
}

}  // namespace millrace
