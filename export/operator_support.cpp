// SPDX-License-Identifier: Apache-2.0
#include "export/operator_support.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace millrace {

std::string text_attribute(const GraphNode& node, const std::string& name) {
  const auto at = node.attributes.find(name);
  const auto* text = at == node.attributes.end() ? nullptr : std::get_if<std::string>(&at->second);
  return text == nullptr ? "" : *text;
}

std::optional<std::vector<std::int64_t>> numbers_of(const GraphNode& node, const Operands& in, const std::string& name,
                                                    std::size_t input) {
  std::vector<std::int64_t> numbers;
  if (const auto at = node.attributes.find(name); at != node.attributes.end()) {
    const auto* list = std::get_if<std::vector<std::int64_t>>(&at->second);
    if (list == nullptr) refuse(node, "attribute " + name + " is not a list of whole numbers");
    for (const std::int64_t number : *list) numbers.push_back(whole(node, static_cast<double>(number)));
    return numbers;
  }
  if (input >= in.size() || in[input] == nullptr) return std::nullopt;
  for (const double number : in[input]->values) numbers.push_back(whole(node, number));
  return numbers;
}

// The largest and smallest 64-bit number stand for an end; as doubles they are out of range.
std::int64_t whole(const GraphNode& node, double number) {
  constexpr double most = 1e15;
  if (std::isnan(number)) refuse(node, "NaN, expected a whole number");
  return static_cast<std::int64_t>(std::clamp(number, -most, most));
}

std::size_t axis_of(const GraphNode& node, std::int64_t axis, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  if (axis < -count || axis >= count)
    refuse(node, "axis " + std::to_string(axis) + " of " + std::to_string(rank) + " dimensions");
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

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

Operator unary(double (*f)(double)) {
  return [f](const GraphNode&, const Operands& in) { return elementwise(*in.at(0), f); };
}

Operator binary(double (*f)(double, double)) {
  return {[f](const GraphNode& node, const Operands& in) { return broadcast(node, *in.at(0), *in.at(1), f); },
          {.least = 2}};
}

Operator variadic(double (*f)(double, double)) {
  return {[f](const GraphNode& node, const Operands& in) {
            DoubleTensor y = *in.at(0);
            for (std::size_t i = 1; i < in.size(); ++i) y = broadcast(node, y, *in[i], f);
            return y;
          },
          {.least = every_input}};
}

double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

DoubleTensor chosen_along(const GraphNode& node, const DoubleTensor& x, std::size_t axis,
                          const std::vector<std::int64_t>& chosen) {
  const AxisView view(x.shape, axis);
  DoubleTensor y{x.shape, {}, {}, x.type};
  y.shape[axis] = std::ssize(chosen);
  require_room(node, y.shape);
  const auto append = [&](const auto& from, auto& to) {
    for (std::int64_t o = 0; o < view.outer; ++o) {
      for (const std::int64_t place : chosen) {
        const auto begin = from.begin() + (o * view.extent + place) * view.inner;
        to.insert(to.end(), begin, begin + view.inner);
      }
    }
  };
  if (x.type == ValueType::text)
    append(x.texts, y.texts);
  else
    append(x.values, y.values);
  return y;
}

DoubleTensor filled(const GraphNode& node, const DoubleTensor& extents, double value) {
  DoubleTensor y;
  for (const double extent : extents.values) y.shape.push_back(whole(node, extent));
  require_room(node, y.shape);
  y.values.assign(static_cast<std::size_t>(element_count(y.shape)), value);
  return y;
}

}  // namespace millrace
