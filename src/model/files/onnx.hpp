// SPDX-License-Identifier: Apache-2.0
//
// The model as an ONNX file, and a model from such a file.
#pragma once

#include <string>
#include <string_view>

#include "model/state.hpp"

namespace millrace {

struct OnnxContent;

/// The bytes of the file, after a check that its graph gives the model's own numbers (export_verification.hpp). Throws
/// Error: usage (no weights yet, names that are not UTF-8, 2 GiB or more), non_finite, mismatch.
[[nodiscard]] std::string onnx_bytes(const Model::State& state, const OnnxOptions& options = {});

/// The newest opset that the ONNX library of this program checks.
[[nodiscard]] int newest_onnx_opset();
/// Throws Error{usage} for opsets that this library does not check.
void check_onnx_options(const OnnxOptions& options);

/// The description of that file: onnx_serving.hpp. Throws Error: usage.
[[nodiscard]] std::string onnx_description(const Model::State& state, const OnnxOptions& options = {});

/// Throws what onnx_bytes() would throw for these options, whatever the weights are: Error: usage, mismatch.
void check_onnx(const Model::State& state, const OnnxOptions& options);

/// Throws Error{usage}, which names the largest parameter, if the network's weights exceed what an ONNX file can hold.
void require_onnx_size(const Network& network);

/// Sets `state` to the model in a file that this or an earlier version of millrace wrote. Throws Error{data}, also if
/// another program has changed the graph.
void read_model(const std::string& path, Model::State& state);
/// The same from the bytes of a file, or from its content; `name` stands for it in messages.
void read_model(std::string_view bytes, const std::string& name, Model::State& state);
void read_model(OnnxContent&& content, const std::string& name, Model::State& state);

}  // namespace millrace
