// SPDX-License-Identifier: Apache-2.0
//
// What operators of the graph evaluator share: attributes that became inputs, axes, elementwise functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "export/graph_operators.hpp"

namespace millrace {

/// An attribute that is a text; "" if there is none.
[[nodiscard]] std::string text_attribute(const GraphNode& node, const std::string& name);
/// Whole numbers from an attribute or, in later opsets, from input number `input`; nothing if there is neither.
[[nodiscard]] std::optional<std::vector<std::int64_t>> numbers_of(const GraphNode& node, const Operands& in,
                                                                  const std::string& name, std::size_t input);
/// A number of an operand. Those beyond 1e15, which stand for an end, become that. Throws Error{data} for NaN.
[[nodiscard]] std::int64_t whole(const GraphNode& node, double number);
/// An axis from 0 on for one that may count from the end. Throws Error{data} if there is no such axis.
[[nodiscard]] std::size_t axis_of(const GraphNode& node, std::int64_t axis, std::size_t rank);

[[nodiscard]] DoubleTensor elementwise(const DoubleTensor& x, const std::function<double(double)>& f);
/// f of elements of a and b, broadcast as NumPy does it. Throws Error{data} for shapes that do not fit together.
[[nodiscard]] DoubleTensor broadcast(const GraphNode& node, const DoubleTensor& a, const DoubleTensor& b,
                                     const std::function<double(double, double)>& f);

/// Operators of one input and of two, and of any number from left to right, by elements.
[[nodiscard]] Operator unary(double (*f)(double));
[[nodiscard]] Operator binary(double (*f)(double, double));
[[nodiscard]] Operator variadic(double (*f)(double, double));

[[nodiscard]] double sigmoid(double x);
[[nodiscard]] double softplus(double x);

/// A tensor as outer x extent x inner, the extent being that of one axis.
struct AxisView {
  std::int64_t outer = 1, extent = 1, inner = 1;
  AxisView(const Shape& shape, std::size_t axis) : extent(shape[axis]) {
    for (std::size_t d = 0; d < axis; ++d) outer *= shape[d];
    for (std::size_t d = axis + 1; d < shape.size(); ++d) inner *= shape[d];
  }
};

/// The places `chosen` along an axis; each must exist.
[[nodiscard]] DoubleTensor chosen_along(const GraphNode& node, const DoubleTensor& x, std::size_t axis,
                                        const std::vector<std::int64_t>& chosen);
/// A tensor whose shape is `extents`, with `value` in every place. Throws what require_room() throws.
[[nodiscard]] DoubleTensor filled(const GraphNode& node, const DoubleTensor& extents, double value);

}  // namespace millrace
