// SPDX-License-Identifier: Apache-2.0
//
// A graph from another maker, ready to be imported: reduced to what one output needs, constants computed, shapes known.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "export/graph_evaluator.hpp"
#include "export/onnx_file.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

using Tensors = std::map<std::string, DoubleTensor>;

struct ForeignGraph {
  std::string file;  ///< for messages
  std::vector<GraphValue> inputs;
  std::vector<GraphNode> nodes;  ///< those that compute the output from the inputs, in order
  NodePlaces places;
  Tensors constants;                    ///< what is read by nodes, and all that nodes compute from constants
  std::map<std::string, Shape> shapes;  ///< of every value that depends on the inputs, without the batch
  std::set<std::string> extents;        ///< values that only say how large a tensor is
  std::string output;
  std::vector<std::string> classes;  ///< of the label that the file computes too; empty: none
  std::set<std::string> one_hot;     ///< inputs that are one-hot rows; millrace has a number more, in front: never seen
  std::int64_t batch = 2;            ///< rows that the graph takes at once: 1 if the file fixes the batch

  /// "node 5 of 12, 'act' (Relu)"
  [[nodiscard]] std::string place_of(const GraphNode& node) const;
};

/// `one_hot` names inputs, as ForeignGraph has them. Throws Error{data} for an operator that is not known, and for a graph
/// whose output is no vector for each row.
[[nodiscard]] ForeignGraph prepare_foreign(PlainGraph graph, const std::string& file, NodePlaces places,
                                           std::set<std::string> one_hot = {});

/// A file of a few bytes may claim any number of columns, and each costs memory. Throws Error{data} for more than 1e6 in
/// all inputs.
void check_columns(const std::vector<GraphValue>& inputs, const std::string& file);

/// A constant of numbers.
[[nodiscard]] DoubleTensor constant_in_double(const GraphTensor& constant);

/// Adds the values of these nodes to `values`, which has their inputs.
void run_nodes(std::span<const GraphNode> nodes, Tensors& values);

/// The output for rows of the inputs, in double.
[[nodiscard]] DoubleTensor run_foreign(const ForeignGraph& graph, const Tensors& inputs);

}  // namespace millrace
