// SPDX-License-Identifier: Apache-2.0
//
// Constants: GraphTensor to TensorProto and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "export/onnx_proto.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// The text itself. Throws Error{usage} if it is not UTF-8: protobuf writes any bytes, but its readers in other languages
/// refuse them.
[[nodiscard]] const std::string& utf8(const std::string& text);

/// Throws Error{internal} if the elements do not fit the shape or are not of one type; Error{usage} for a text that is
/// not UTF-8.
void write_tensor(const std::string& name, const GraphTensor& from, onnx::TensorProto& to);

/// `owner` begins messages: "'model.onnx':". Throws Error{data} for a tensor that GraphTensor cannot hold.
[[nodiscard]] GraphTensor read_tensor(const std::string& owner, const std::string& name,
                                      const onnx::TensorProto& tensor);

/// The type that ONNX has for elements of `type`.
[[nodiscard]] onnx::TensorProto_DataType onnx_type(ValueType type);
/// The type of the elements of an input or output; nothing for a type that GraphValue cannot hold.
[[nodiscard]] std::optional<ValueType> value_type(int onnx_type);

}  // namespace millrace
