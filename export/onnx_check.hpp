// SPDX-License-Identifier: Apache-2.0
//
// The checks of a model by ONNX's own library before it becomes a file.
#pragma once

#include <cstdint>

#include "export/onnx_file.hpp"
#include "export/onnx_proto.hpp"

namespace millrace {

/// Throws Error{usage} for a model of `bytes` that one protobuf message cannot hold.
void require_size(std::uint64_t bytes);

/// Declares the lowest opset from version.opset on that has every operator of the graph with its attributes, the oldest
/// file format with this opset, and opset 2 of ai.onnx.ml if the graph uses that domain. Throws Error{usage} if that
/// opset is above version.highest_opset, Error{mismatch} if no opset has the operators.
void declare_version(const OnnxVersion& version, onnx::ModelProto& model);

/// Infers all shapes from the inputs, strictly, and declares the outputs of `graph` with the inferred types. Throws
/// Error{mismatch} if a node does not fit its inputs, an output is not (batch, its declared shape) with a free batch, or
/// not of its declared type.
void declare_outputs(const PlainGraph& graph, onnx::ModelProto& model);

/// ONNX's checker on the finished model. Throws Error{mismatch}.
void check_model(const onnx::ModelProto& model);

/// (batch, extents of `shape`...)
void set_batch_shape(const Shape& shape, onnx::TypeProto_Tensor& type);

}  // namespace millrace
