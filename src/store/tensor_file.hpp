// SPDX-License-Identifier: Apache-2.0
//
// Named tensors and text as a safetensors file, on disk or in memory. Other programs read it as it is:
//   write_tensor_file("state.safetensors", {{{"epoch", "3"}}, {{"w", Dtype::f32, {2, 3}, bytes_of(weights)}}});
//   TensorFile file = read_tensor_file("state.safetensors");
//
// Layout: the header's length, 8 bytes little-endian | header, JSON, padded with blanks | the tensors without gaps.
// Tensor data begins at a multiple of 64 bytes, and tensors of wider elements come first, so each is aligned.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/tensor.hpp"

namespace millrace {

struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::vector<NamedTensor> tensors;
  std::shared_ptr<const void> storage;  ///< after reading: owns the bytes of the tensors
};

/// The tensor of this name; null if the file has none.
[[nodiscard]] const NamedTensor* find_tensor(const TensorFile& file, std::string_view name);

/// Gives the content of the file to `sink` piece by piece, without a copy of the tensors. Adds a checksum over names,
/// types, shapes, metadata and data as the metadata "checksum". `name` stands for the file in messages.
/// Throws Error{usage} for text that is not UTF-8 and for a header above the format's limit; Error{internal} for a name
/// that is taken and for a shape that does not fit its bytes or its source; before the first call of `sink`, but for a
/// source that gives other bytes the second time.
void write_tensors(const TensorFile& file, const std::string& name, const ByteSink& sink);

/// Writes the file atomically. Throws as write_tensors() and AtomicFile do.
void write_tensor_file(const std::string& path, const TensorFile& file);

/// Whether a file without a checksum is refused as damaged, or accepted as another program's. A checksum that the file
/// has must be right in either case.
enum class Checksum { required, optional };

/// The metadata alone, with the checksum, which nobody has compared: reads the header only. Throws Error{data} for anything
/// but the header of a safetensors file.
[[nodiscard]] std::map<std::string, std::string> read_tensor_metadata(const std::string& path);

/// The tensors in the order of the file. Throws Error{data} for anything but a complete safetensors file with tensors
/// of the types of Dtype.
[[nodiscard]] TensorFile read_tensor_file(const std::string& path, Checksum checksum = Checksum::required);

/// The same from the bytes of a file, which are not copied and must outlive the result: `storage` may own them.
/// `name` stands for the file in messages.
[[nodiscard]] TensorFile parse_tensors(std::span<const std::byte> bytes, const std::string& name,
                                       Checksum checksum = Checksum::required,
                                       std::shared_ptr<const void> storage = nullptr);

}  // namespace millrace
