// SPDX-License-Identifier: Apache-2.0
//
// Constants: GraphTensor to TensorProto and back.
#pragma once

#include <cstdint>
#include <string>

#include "export/onnx_proto.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// Integers as INT64, everything else as FLOAT, little-endian. Throws Error{internal} when the shape does not fit.
void write_tensor(const std::string& name, const GraphTensor& from, onnx::TensorProto& to);

/// Throws Error{data}, naming `file` and `name`, for what GraphTensor cannot hold.
[[nodiscard]] GraphTensor read_tensor(const std::string& file, const std::string& name,
                                      const onnx::TensorProto& tensor);

/// The float that a half-precision number stands for; there is one for each.
[[nodiscard]] float from_half(std::uint16_t half);

}  // namespace millrace
