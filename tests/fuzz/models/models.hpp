// SPDX-License-Identifier: Apache-2.0
//
// The harnesses of models, and of the words of the command line.
#pragma once

#include <string>
#include <string_view>

namespace millrace {
class Model;
}  // namespace millrace

namespace millrace::fuzz {

/// Bytes of a safetensors file whose checksum need not be right.
void fuzz_checkpoint(std::string_view bytes);
/// Likewise, the file of a failed step, which is repeated.
void fuzz_failure(std::string_view bytes);
/// Lines "NAME | LAYER | INPUT, INPUT", and first the number of feature columns.
void fuzz_network(std::string_view text);
/// An ONNX file, of our own or of another maker.
void fuzz_onnx(std::string_view bytes);
/// Changes a field of an ONNX file, or a word of it.
bool change_onnx(std::string& bytes, unsigned draw);
/// The words of `millrace train`, one a line; after a 0 byte the configuration file of --config.
void fuzz_words(std::string_view text);

/// Reads the weights of a model that a harness has accepted, and predicts a row if it is small.
void use(const Model& model);

}  // namespace millrace::fuzz
