// SPDX-License-Identifier: Apache-2.0
//
// ONNX files, written and read. protobuf stays behind this header.
//   const std::string bytes = serialize_onnx(graph);
//   PlainGraph graph = parse_onnx(bytes, "memory");
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ops/graph_node.hpp"

namespace millrace {

/// The opsets that a file may declare. ONNX Runtime 1.7 reads opset 13, 1.10 reads 15, 1.12 reads 17.
struct OnnxVersion {
  int opset = 13;                      ///< declared, unless the graph needs a later one (LayerNormalization: 17)
  std::optional<int> highest_opset{};  ///< a graph that needs a later one is refused; default: greatest_opset()
};

/// In bytes: protobuf stores sizes as int.
inline constexpr std::uint64_t greatest_onnx_bytes = std::numeric_limits<std::int32_t>::max();

/// Before opset 9, constants have to be inputs of the graph, too.
inline constexpr int least_opset = 9;
/// The newest opset that the linked ONNX library can check: 17 for ONNX 1.12.
[[nodiscard]] int greatest_opset();
/// Throws Error{usage} for opsets outside these two.
void check_version(const OnnxVersion& version);

/// The version that the file of this graph gets: `version`, with the first opset from version.opset on with which ONNX
/// accepts the graph. Looks at no large constant, so that it takes little time. Throws as serialize_onnx().
[[nodiscard]] OnnxVersion accepted_version(const PlainGraph& graph, OnnxVersion version);

/// The bytes of an ONNX file with this graph, whose batch is free (dimension "batch").
/// ONNX's own checker has accepted it, and strict shape inference has found every output in its declared shape.
/// Equal graphs give equal bytes. The constants of a graph that the caller moves here are freed as early as possible.
/// Throws Error{mismatch} if ONNX disagrees with the graph; Error{usage} for a version that does not suffice, for text
/// that is not UTF-8, and for a model of 2 GiB or more, which protobuf cannot hold; Error{internal} for constants that
/// do not fit their shape.
[[nodiscard]] std::string serialize_onnx(PlainGraph graph, const OnnxVersion& version = {});

/// The bytes of the same model with more metadata, whose keys it does not have yet.
[[nodiscard]] std::string with_metadata(std::string bytes, const std::map<std::string, std::string>& metadata);

/// Writes the same bytes to a file, atomically. Throws as AtomicFile does, too.
void write_onnx(PlainGraph graph, const std::string& path, const OnnxVersion& version = {});

/// The graph in the bytes of an ONNX file, with its nodes of the default domain and of ai.onnx.ml and their attributes
/// unchanged, but:
///  - Constants are initializers and the values of Constant nodes; float16 becomes float, other integers and booleans
///    become int64.
///  - ZipMap, which makes a dictionary of each row, is left out: what it reads is the output.
///  - The leading dimension of inputs and outputs is the batch, whatever its size or name in the file.
///  - If the default of an attribute changed with the opset (Softmax's axis at 13), the attribute is written out.
/// `name` stands for the file in messages. Constants may keep their numbers in files in `folder`; if that is empty, such
/// a constant is an error.
/// Throws Error{data} for anything else: bytes that are no ONNX model, subgraphs, operators of other domains, functions,
/// other types of tensors and attributes, unknown shapes, and files outside `folder`.
[[nodiscard]] PlainGraph parse_onnx(std::string_view bytes, const std::string& name, const std::string& folder = "");

/// Where the nodes of a file are.
struct NodePlaces {
  std::map<std::string, std::int64_t> by_output;  ///< number of the node that computes a value, from 1
  std::int64_t nodes = 0;                         ///< in the file, those that only have a constant included
};

/// A file with what it says besides its graph.
struct OnnxContent {
  PlainGraph graph;
  std::string
      maker;  ///< the program that wrote it, with its version: "pytorch 2.15.0"; empty if the file does not say it
  NodePlaces places;
};
/// As parse_onnx().
[[nodiscard]] OnnxContent parse_onnx_content(std::string_view bytes, const std::string& name,
                                             const std::string& folder = "");

/// The bytes of a file. Throws Error{data} for a file that cannot be read or is larger than any ONNX file.
[[nodiscard]] std::string read_onnx_bytes(const std::string& path);
/// The folder of a file, with other files of the model: "." for "model.onnx".
[[nodiscard]] std::string folder_of_model(const std::string& path);
/// The content of a file, with constants from other files of its folder. Throws Error{data}, also for a file that cannot
/// be read.
[[nodiscard]] OnnxContent read_onnx_content(const std::string& path);
/// Its graph.
[[nodiscard]] PlainGraph read_onnx(const std::string& path);

/// The release of the ONNX library that checks written models: "1.12.0".
[[nodiscard]] std::string onnx_library_version();

}  // namespace millrace
