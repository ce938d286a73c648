// SPDX-License-Identifier: Apache-2.0
//
// Runs a plain graph in double, one operator after the other, without the engine's kernels: the second implementation
// with which every exported model is compared.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ops/graph_node.hpp"

namespace millrace {

/// A tensor with its batch dimension: shape[0] is the number of rows. Numbers of every type are in `values`, true is 1.
struct DoubleTensor {
  Shape shape;
  std::vector<double> values;
  std::vector<std::string> texts{};  ///< instead of `values`, if `type` is text
  ValueType type = ValueType::real32;
  std::vector<float> singles{};  ///< instead of `values`, for a constant that a product reads
};

/// `rounded` rounds every value of a tensor of floats to fp32; values beyond its range become infinite. Cast to float
/// rounds with `exact`, too. Tensors of halves are rounded with either.
enum class Arithmetic { exact, rounded };

/// Sees every value that a node computes, and may change it before others read it.
using ValueWatcher = std::function<void(const std::string& name, DoubleTensor& value)>;

/// The graph's outputs, in its order, for inputs by name. A constant is in double from its first use to its last, but
/// stays fp32 where it is the weights of a product.
/// Throws Error{data} for an unknown operator, and for operands that do not fit an operator.
[[nodiscard]] std::vector<DoubleTensor> evaluate_graph(const PlainGraph& graph,
                                                       std::map<std::string, DoubleTensor> inputs,
                                                       Arithmetic arithmetic = Arithmetic::exact,
                                                       const ValueWatcher& watch = {});
/// The same, but each constant of the graph is freed at its first use.
[[nodiscard]] std::vector<DoubleTensor> evaluate_graph(PlainGraph&& graph, std::map<std::string, DoubleTensor> inputs,
                                                       Arithmetic arithmetic = Arithmetic::exact,
                                                       const ValueWatcher& watch = {});

}  // namespace millrace
