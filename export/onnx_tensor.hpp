// SPDX-License-Identifier: Apache-2.0
//
// Constants: GraphTensor to TensorProto and back.
#pragma once

#include <cstdint>
#include <string>

#include "export/onnx_proto.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// Writes integers as INT64 and other numbers as FLOAT. Throws Error{internal} if the numbers do not fit the shape.
void write_tensor(const std::string& name, const GraphTensor& from, onnx::TensorProto& to);

/// Throws Error{data}, which names `file` and `name`, for a tensor that GraphTensor cannot hold.
[[nodiscard]] GraphTensor read_tensor(const std::string& file, const std::string& name,
                                      const onnx::TensorProto& tensor);

/// The float with the value of a half-precision number.
[[nodiscard]] float from_half(std::uint16_t half);

}  // namespace millrace
