// SPDX-License-Identifier: Apache-2.0
//
// ONNX files, written and read. protobuf stays behind this header.
//   write_onnx(graph, "model.onnx", {}, [&](const std::string& model) { compare_numbers(model); });
//   PlainGraph graph = read_onnx("model.onnx");
#pragma once

#include <functional>
#include <string>

#include "ops/graph_node.hpp"

namespace millrace {

/// Which runtimes shall load the file: ONNX Runtime 1.7 takes opset 13, 1.10 takes 15, 1.12 takes 17.
struct OnnxVersion {
  int opset = 13;          ///< the one declared, unless an operator needs more (LayerNormalization: 17)
  int highest_opset = 17;  ///< a graph that needs more than this is refused
};

/// Writes `graph` as an ONNX model whose inputs are float and whose batch is free (dimension "batch").
/// The file appears under its name, atomically, only when
///  - ONNX's own checker accepts it,
///  - strict shape inference finds every output in its declared shape, with the batch still free, and
///  - `verify`, given the file's bytes, returns: there the caller compares numbers, and throws to refuse.
/// Equal graphs give equal bytes. What a caller moves here is freed as soon as it is written.
/// Throws Error{mismatch} if ONNX disagrees with the graph; Error{usage} for a version that does not suffice, for text
/// that is not UTF-8, and for a model of 2 GiB or more, which protobuf cannot hold; Error{internal} for constants that
/// do not fit their shape; and what AtomicFile throws.
void write_onnx(PlainGraph graph, const std::string& path, const OnnxVersion& version = {},
                const std::function<void(const std::string& serialized)>& verify = {});

/// The graph in an ONNX file, with nodes of the default domain and their attributes as they stand there.
///  - Constants are initializers and what Constant nodes hold; float and int64 stay, float16, double and int32 become
///    one of the two. A double that no float equals is an error, not a rounding.
///  - Inputs are float; their leading dimension is the batch, whatever its size or name in the file.
///  - Where an operator's default changed with the opset (Softmax's axis at 13), the attribute is made explicit.
/// Any bytes are either read or refused with Error{data} that names what was found: not an ONNX model, external data,
/// subgraphs, operators of other domains, functions, other types of tensors and attributes, unknown shapes.
[[nodiscard]] PlainGraph read_onnx(const std::string& path);

/// The same from bytes; `name` stands for the file in messages.
[[nodiscard]] PlainGraph parse_onnx(const std::string& bytes, const std::string& name);

/// The release of the ONNX library that checks what is written: "1.12.0".
[[nodiscard]] std::string onnx_library_version();

}  // namespace millrace
