// SPDX-License-Identifier: Apache-2.0
//
// The operators that the graph evaluator knows, computed in double.
#pragma once

#include <concepts>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "export/graph_evaluator.hpp"

namespace millrace {

/// Inputs of a node; null for an optional input that is left out.
using Operands = std::vector<const DoubleTensor*>;

inline constexpr std::size_t every_input = std::numeric_limits<std::size_t>::max();

/// What an operator takes.
struct OperatorInputs {
  std::size_t least = 1;  ///< inputs that it cannot do without; every_input: all that a node has, of any number
  bool texts = false;     ///< texts, too
  bool singles = false;   ///< input number 1, the weights of a product, also as singles
};

/// Computes the outputs of a node. Made from a function that returns one DoubleTensor, or all of them.
class Operator {
 public:
  template <class Function>
  requires std::invocable<const Function&, const GraphNode&, const Operands&> Operator(
      Function function, OperatorInputs takes = {})  // NOLINT: any such function is an operator
      : compute_([function = std::move(function)](const GraphNode& node, const Operands& in) {
          if constexpr (std::same_as<decltype(function(node, in)), DoubleTensor>)
            return std::vector<DoubleTensor>{function(node, in)};
          else
            return function(node, in);
        }),
        inputs_(takes) {}
  [[nodiscard]] const OperatorInputs& inputs() const { return inputs_; }
  [[nodiscard]] std::vector<DoubleTensor> operator()(const GraphNode& node, const Operands& in) const {
    return compute_(node, in);
  }

 private:
  std::function<std::vector<DoubleTensor>(const GraphNode& node, const Operands& in)> compute_;
  OperatorInputs inputs_;
};
using OperatorTable = std::map<std::string, Operator>;

[[nodiscard]] OperatorTable shape_operators();          ///< Reshape, Transpose, Concat, Gather and their like
[[nodiscard]] OperatorTable reduction_operators();      ///< Softmax, ReduceMean, LayerNormalization and their like
[[nodiscard]] OperatorTable foreign_operators();        ///< elementwise ones that only other makers write
[[nodiscard]] OperatorTable foreign_shape_operators();  ///< Pad, Split and their like
[[nodiscard]] OperatorTable encoder_operators();        ///< OneHotEncoder and its like, of scikit-learn
[[nodiscard]] OperatorTable quantized_operators();      ///< QuantizeLinear, MatMulInteger and their like

[[nodiscard]] bool is_known_operator(const std::string& op);

/// Throws Error{data} that lists the known operators.
[[nodiscard]] const Operator& operator_of(const GraphNode& node);

/// The outputs of the node. Throws Error{data} for an unknown operator, for inputs that are missing, texts where it reads
/// numbers, and shapes that do not fit the numbers.
[[nodiscard]] std::vector<DoubleTensor> compute(const GraphNode& node, const Operands& operands);

/// Whether the node takes input number `input` as singles, too: the weights of a product.
[[nodiscard]] bool reads_singles(const GraphNode& node, std::size_t input);

/// Throws Error{data} that names the node.
[[noreturn]] void refuse(const GraphNode& node, const std::string& text);

/// An attribute of the node, or `fallback` if it has none of that name. Throws Error{data} for one of another type.
[[nodiscard]] double attribute(const GraphNode& node, const std::string& name, double fallback);
/// A whole number. Throws Error{data} for another.
[[nodiscard]] std::int64_t whole_attribute(const GraphNode& node, const std::string& name, std::int64_t fallback);
/// A list as long as `fallback`.
[[nodiscard]] std::vector<std::int64_t> attribute(const GraphNode& node, const std::string& name,
                                                  const std::vector<std::int64_t>& fallback);

/// Throws Error{data} for a negative extent, and for a result of more than 2^27 numbers (1 GiB), where an extent of 0
/// counts as 1: a few bytes of a file may ask for any shape.
void require_room(const GraphNode& node, const Shape& shape);

/// The nearest float; infinite beyond the largest one.
[[nodiscard]] double in_single(double number);

/// The shape of operands that are combined element by element, as NumPy does it: shapes are aligned at their last
/// dimension, and an extent of 1 repeats. Throws Error{data} for shapes that do not fit together.
[[nodiscard]] Shape broadcast_shape(const GraphNode& node, const Operands& in);
/// For each element of a tensor of shape `to`, the place of the element in a tensor of shape `from` that repeats there.
[[nodiscard]] std::vector<std::size_t> broadcast_places(const Shape& from, const Shape& to);

}  // namespace millrace
