// SPDX-License-Identifier: Apache-2.0
//
// A network as plain nodes with the names of ONNX, without protobuf. Operations write and read it; export/ turns it into
// a file and back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/shape.hpp"

namespace millrace {

using NodeAttribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                                   std::vector<std::string>>;

/// The domain of operators on texts, such as LabelEncoder.
inline constexpr const char* ml_domain = "ai.onnx.ml";

struct GraphNode {
  std::string op;  ///< ONNX operator: "Gemm", "Relu"
  std::string name;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, NodeAttribute> attributes;
  std::string domain{};  ///< of the operator; empty: ONNX's default domain
};

/// Types of the elements of tensors: ONNX's FLOAT, DOUBLE, INT64, STRING, FLOAT16, INT32, INT8 and UINT8.
enum class ValueType : std::uint8_t { real32, real64, int64, text, real16, int32, int8, uint8 };

/// Values of the attribute "to" of Cast.
inline constexpr std::int64_t cast_to_real32 = 1, cast_to_int64 = 7, cast_to_real16 = 10, cast_to_real64 = 11;

/// One of the four lists is filled. A tensor without elements is of floats.
struct GraphTensor {
  Shape shape;
  std::vector<float> values{};
  std::vector<std::int64_t> integers{};
  std::vector<double> doubles{};
  std::vector<std::string> texts{};
  /// A smaller type than the list's, which has room for each element: real16 of values; int32, int8 or uint8 of integers.
  std::optional<ValueType> smaller{};
};

/// A value that enters or leaves the graph; the batch is the leading, free dimension.
struct GraphValue {
  std::string name;
  Shape shape;
  ValueType type = ValueType::real32;
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
  /// Appends a node that replaces each text of `input` that is a key by the key's value, and every other text by
  /// `otherwise`. The result is float.
  std::string add_encoder(const std::string& name, std::string input, std::vector<std::string> keys,
                          std::vector<float> values, float otherwise) {
    add("LabelEncoder", name, {std::move(input)},
        {{"keys_strings", std::move(keys)}, {"values_floats", std::move(values)}, {"default_float", otherwise}});
    nodes.back().domain = ml_domain;
    return name;
  }
  /// The same for floats as keys; NaN is no key. Two nodes: ONNX Runtime 1.10 cannot encode floats as floats.
  std::string add_encoder(const std::string& name, std::string input, std::vector<float> keys,
                          std::vector<std::int64_t> values, std::int64_t otherwise) {
    const std::string code =
        add("LabelEncoder", name + "/code", {std::move(input)},
            {{"keys_floats", std::move(keys)}, {"values_int64s", std::move(values)}, {"default_int64", otherwise}});
    nodes.back().domain = ml_domain;
    return add("Cast", name, {code}, {{"to", cast_to_real32}});
  }
  std::string add_constant(std::string name, Shape shape, std::vector<float> values) {
    constants[name] = {.shape = std::move(shape), .values = std::move(values)};
    return name;
  }
  std::string add_integers(std::string name, Shape shape, std::vector<std::int64_t> integers) {
    constants[name] = {.shape = std::move(shape), .integers = std::move(integers)};
    return name;
  }
  std::string add_doubles(std::string name, Shape shape, std::vector<double> doubles) {
    constants[name] = {.shape = std::move(shape), .doubles = std::move(doubles)};
    return name;
  }
  std::string add_texts(std::string name, Shape shape, std::vector<std::string> texts) {
    constants[name] = {.shape = std::move(shape), .texts = std::move(texts)};
    return name;
  }
};

}  // namespace millrace
