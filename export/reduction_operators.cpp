// SPDX-License-Identifier: Apache-2.0
//
// Operators that combine numbers along axes.
#include <algorithm>
#include <cmath>
#include <limits>

#include "export/operator_support.hpp"

namespace millrace {

namespace {

// Calls visit(first, step, count) for each line along an axis.
template <class Visit>
void for_each_line(const Shape& shape, std::size_t axis, const Visit& visit) {
  const AxisView view(shape, axis);
  for (std::int64_t o = 0; o < view.outer; ++o) {
    for (std::int64_t i = 0; i < view.inner; ++i)
      visit(static_cast<std::size_t>(o * view.extent * view.inner + i), static_cast<std::size_t>(view.inner),
            static_cast<std::size_t>(view.extent));
  }
}

DoubleTensor softmax(const GraphNode& node, const DoubleTensor& x, bool logarithm) {
  DoubleTensor y = x;
  const std::size_t axis = axis_of(node, whole_attribute(node, "axis", -1), x.shape.size());
  for_each_line(x.shape, axis, [&](std::size_t first, std::size_t step, std::size_t count) {
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (std::size_t k = 0; k < count; ++k) largest = std::max(largest, x.values[first + k * step]);
    for (std::size_t k = 0; k < count; ++k) sum += std::exp(x.values[first + k * step] - largest);
    for (std::size_t k = 0; k < count; ++k) {
      const double z = x.values[first + k * step] - largest;
      y.values[first + k * step] = logarithm ? z - std::log(sum) : std::exp(z) / sum;
    }
  });
  return y;
}

// Folds `combine` over the axes, which stay with extent 1 or go. `count` gets the number of combined elements.
DoubleTensor reduce(const GraphNode& node, const Operands& in, double start, double (*combine)(double, double),
                    std::int64_t* count) {
  const DoubleTensor& x = *in.at(0);
  const auto axes = numbers_of(node, in, "axes", 1);
  std::vector<bool> reduced(x.shape.size(), !axes || axes->empty());
  for (const std::int64_t axis : axes.value_or(Shape{})) reduced[axis_of(node, axis, x.shape.size())] = true;
  DoubleTensor y = x;
  for (std::size_t axis = 0; axis < reduced.size(); ++axis) {
    if (!reduced[axis]) continue;
    DoubleTensor next{y.shape, {}};
    next.shape[axis] = 1;
    for_each_line(y.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
      double all = start;
      for (std::size_t k = 0; k < extent; ++k) all = combine(all, y.values[first + k * step]);
      next.values.push_back(all);
    });
    y = std::move(next);
  }
  *count = std::ssize(x.values) / std::max<std::int64_t>(std::ssize(y.values), 1);
  if (attribute(node, "keepdims", 1) != 0) return y;
  Shape kept;
  for (std::size_t d = 0; d < reduced.size(); ++d)
    if (!reduced[d]) kept.push_back(y.shape[d]);
  y.shape = std::move(kept);
  return y;
}

double add(double a, double b) { return a + b; }
double add_square(double a, double b) { return a + b * b; }
double greater(double a, double b) { return std::max(a, b); }
double smaller(double a, double b) { return std::min(a, b); }

enum class Finish { none, mean, root };

Operator reduction(double start, double (*combine)(double, double), Finish finish = Finish::none) {
  return [=](const GraphNode& node, const Operands& in) {
    std::int64_t count = 1;
    DoubleTensor y = reduce(node, in, start, combine, &count);
    for (double& value : y.values) {
      if (finish == Finish::mean) value /= static_cast<double>(count);
      if (finish == Finish::root) value = std::sqrt(value);
    }
    return y;
  };
}

// y = gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axis; without `centered`, the mean counts as 0.
DoubleTensor normalize_rows(const GraphNode& node, const Operands& in, bool centered) {
  const DoubleTensor& x = *in.at(0);
  const std::size_t last = x.shape.size() - 1;
  if (axis_of(node, whole_attribute(node, "axis", -1), x.shape.size()) != last)
    refuse(node, "axis is other than the last, expected the last");
  const double epsilon = attribute(node, "epsilon", 1e-5);
  DoubleTensor y = x;
  for_each_line(x.shape, last, [&](std::size_t first, std::size_t step, std::size_t count) {
    double mean = 0, square = 0;
    for (std::size_t k = 0; k < count && centered; ++k) mean += x.values[first + k * step] / static_cast<double>(count);
    for (std::size_t k = 0; k < count; ++k) {
      const double deviation = x.values[first + k * step] - mean;
      square += deviation * deviation / static_cast<double>(count);
    }
    for (std::size_t k = 0; k < count; ++k)
      y.values[first + k * step] = (x.values[first + k * step] - mean) / std::sqrt(square + epsilon);
  });
  if (in.size() > 1 && in[1] != nullptr) y = broadcast(node, y, *in[1], [](double a, double b) { return a * b; });
  if (in.size() > 2 && in[2] != nullptr) y = broadcast(node, y, *in[2], [](double a, double b) { return a + b; });
  return y;
}

// Inference: BatchNormalization(x, gamma, beta, mean, variance), channels on axis 1.
DoubleTensor batch_normalization(const GraphNode& node, const Operands& in) {
  DoubleTensor y = *in.at(0);
  if (attribute(node, "training_mode", 0) != 0) refuse(node, "training_mode is set, expected 0");
  if (y.shape.size() < 2 || in.size() != 5) refuse(node, "expected five inputs, the first with channels");
  const AxisView view(y.shape, 1);
  const double epsilon = attribute(node, "epsilon", 1e-5);
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const auto c = static_cast<std::size_t>(static_cast<std::int64_t>(i) / view.inner % view.extent);
    y.values[i] = in[1]->values.at(c) * (y.values[i] - in[3]->values.at(c)) / std::sqrt(in[4]->values.at(c) + epsilon) +
                  in[2]->values.at(c);
  }
  return y;
}

}  // namespace

OperatorTable reduction_operators() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return {{"Softmax", [](const GraphNode& node, const Operands& in) { return softmax(node, *in.at(0), false); }},
          {"LogSoftmax", [](const GraphNode& node, const Operands& in) { return softmax(node, *in.at(0), true); }},
          {"ReduceMean", reduction(0, add, Finish::mean)},
          {"ReduceSum", reduction(0, add)},
          {"ReduceSumSquare", reduction(0, add_square)},
          {"ReduceL2", reduction(0, add_square, Finish::root)},
          {"ReduceMax", reduction(-infinity, greater)},
          {"ReduceMin", reduction(infinity, smaller)},
          {"LayerNormalization",
           {[](const GraphNode& node, const Operands& in) { return normalize_rows(node, in, true); }, {.least = 2}}},
          {"RMSNormalization",
           {[](const GraphNode& node, const Operands& in) { return normalize_rows(node, in, false); }, {.least = 2}}},
          {"BatchNormalization", {batch_normalization, {.least = 5}}}};
}

}  // namespace millrace
