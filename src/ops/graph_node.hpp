// SPDX-License-Identifier: Apache-2.0
//
// A network as plain nodes with the names of ONNX, without protobuf. Operations write and read it; export/ turns it into
// a file and back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/shape.hpp"

namespace millrace {

using NodeAttribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>>;

struct GraphNode {
  std::string op;  ///< ONNX operator of the default domain: "Gemm", "Relu"
  std::string name;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, NodeAttribute> attributes;
};

struct GraphTensor {
  Shape shape;
  std::vector<float> values;  ///< one of the two is filled
  std::vector<std::int64_t> integers;
};

/// A value that enters or leaves the graph; the batch is the leading, free dimension.
struct GraphValue {
  std::string name;
  Shape shape;
};

struct PlainGraph {
  std::vector<GraphNode> nodes;  ///< each after the nodes that make its inputs
  std::map<std::string, GraphTensor> constants;
  std::vector<GraphValue> inputs, outputs;
  std::map<std::string, std::string> metadata;

  /// Appends a node with one output and returns that output's name, which is `name`.
  std::string add(std::string op, std::string name, std::vector<std::string> node_inputs,
                  std::map<std::string, NodeAttribute> attributes = {}) {
    nodes.push_back({std::move(op), name, std::move(node_inputs), {name}, std::move(attributes)});
    return name;
  }
  std::string add_constant(std::string name, Shape shape, std::vector<float> values) {
    constants[name] = {std::move(shape), std::move(values), {}};
    return name;
  }
  std::string add_integers(std::string name, Shape shape, std::vector<std::int64_t> integers) {
    constants[name] = {std::move(shape), {}, std::move(integers)};
    return name;
  }
};

}  // namespace millrace
