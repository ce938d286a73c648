// SPDX-License-Identifier: Apache-2.0
//
// The public Model to and from files, streams and bytes: as ONNX and as a checkpoint.
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/atomic_file.hpp"
#include "millrace/model.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/onnx.hpp"
#include "model/files/quantized_export.hpp"
#include "model/state.hpp"
#include "store/stream.hpp"
#include "store/tensor_file.hpp"

namespace millrace {

namespace {

// Stand for a file in messages.
const std::string a_stream = "stream", memory = "memory";

std::span<const std::byte> bytes_in(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string_view text_in(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void Model::export_onnx(const std::string& path, const OnnxOptions& options) const {
  const Gate::Reading seat(state_->gate, "export_onnx");
  write_file_atomically(path, millrace::onnx_bytes(*state_, options));
}

void Model::export_onnx(std::ostream& stream, const OnnxOptions& options) const {
  const Gate::Reading seat(state_->gate, "export_onnx");
  write_stream(stream, bytes_in(millrace::onnx_bytes(*state_, options)), "export_onnx");
  flush_stream(stream, "export_onnx");
}

std::vector<std::byte> Model::onnx_bytes(const OnnxOptions& options) const {
  const Gate::Reading seat(state_->gate, "onnx_bytes");
  const std::string text = millrace::onnx_bytes(*state_, options);
  const std::span<const std::byte> bytes = bytes_in(text);
  return {bytes.begin(), bytes.end()};
}

QuantizeReport Model::export_quantized(const std::string& path, const Dataset& training, const Dataset& held_out,
                                       const QuantizeOptions& options) const {
  const Gate::Reading seat(state_->gate, "export_quantized");
  const QuantizedModel small = quantize_model(*state_, training, held_out, options);
  write_file_atomically(path, small.bytes);
  return small.report;
}

std::string Model::onnx_description(const OnnxOptions& options) const {
  const Gate::Reading seat(state_->gate, "onnx_description");
  return millrace::onnx_description(*state_, options);
}

void Model::check_onnx(const OnnxOptions& options) const {
  const Gate::Reading seat(state_->gate, "check_onnx");
  millrace::check_onnx(*state_, options);
}

Model Model::load_onnx(const std::string& path) {
  auto state = std::make_unique<State>();
  read_model(path, *state);
  return Model(std::move(state));
}

Model Model::load_onnx(std::istream& stream) {
  auto state = std::make_unique<State>();
  read_model(read_stream(stream, "load_onnx"), a_stream, *state);
  return Model(std::move(state));
}

Model Model::load_onnx(std::span<const std::byte> bytes) {
  auto state = std::make_unique<State>();
  read_model(text_in(bytes), memory, *state);
  return Model(std::move(state));
}

void Model::save_checkpoint(const std::string& path) const {
  const Gate::Reading seat(state_->gate, "save_checkpoint");
  write_tensor_file(path, tensors_of_model(*state_));
}

void Model::save_checkpoint(std::ostream& stream) const {
  const Gate::Reading seat(state_->gate, "save_checkpoint");
  write_tensors(tensors_of_model(*state_), a_stream,
                [&](std::span<const std::byte> piece) { write_stream(stream, piece, "save_checkpoint"); });
  flush_stream(stream, "save_checkpoint");
}

std::vector<std::byte> Model::checkpoint_bytes() const {
  const Gate::Reading seat(state_->gate, "checkpoint_bytes");
  std::vector<std::byte> bytes;
  write_tensors(tensors_of_model(*state_), memory,
                [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

Model Model::load_checkpoint(const std::string& path) {
  auto state = std::make_unique<State>();
  read_checkpoint(path, *state);
  return Model(std::move(state));
}

Model Model::load_checkpoint(std::istream& stream) {
  auto state = std::make_unique<State>();
  const std::string text = read_stream(stream, "load_checkpoint");
  read_checkpoint(parse_tensors(bytes_in(text), a_stream), a_stream, *state);
  return Model(std::move(state));
}

Model Model::load_checkpoint(std::span<const std::byte> bytes) {
  auto state = std::make_unique<State>();
  read_checkpoint(parse_tensors(bytes, memory), memory, *state);
  return Model(std::move(state));
}

}  // namespace millrace
