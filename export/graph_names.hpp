// SPDX-License-Identifier: Apache-2.0
//
// Names and uses of the values of a graph that is being rewritten.
#pragma once

#include <map>
#include <set>
#include <string>

#include "ops/graph_node.hpp"

namespace millrace {

class GraphNames {
 public:
  explicit GraphNames(const PlainGraph& graph);
  /// `wanted`, or that name with slashes behind it if the graph has it already.
  std::string take(std::string wanted);
  /// How many nodes and outputs of the original graph read a value.
  [[nodiscard]] int readers(const std::string& value) const;

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> readers_;
};

/// A node that computes with numbers of the model: Gemm, MatMul or Conv whose second input is a constant of floats, or
/// Gather whose first one is.
struct WeightedNode {
  std::string weights;    ///< the constant
  std::size_t input = 0;  ///< index of the other operand
  std::size_t axis = 0;   ///< of the constant, along which outputs lie
  bool is_table = false;  ///< Gather
};
/// Whether `node` is one, of the kinds that the exporter writes: a Gemm without scales and without transA.
[[nodiscard]] bool find_weights(const PlainGraph& graph, const GraphNode& node, WeightedNode& found);

/// The nodes that the outputs need if the values `known` are given.
[[nodiscard]] PlainGraph part_after(PlainGraph graph, const std::set<std::string>& known);

/// The results of the nodes that depend on one of `values`; of all nodes if there are no values.
[[nodiscard]] std::set<std::string> results_behind(const PlainGraph& graph, const std::set<std::string>& values);

/// Drops constants that no node reads and no output is.
void drop_unread_constants(PlainGraph& graph);

}  // namespace millrace
