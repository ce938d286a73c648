// SPDX-License-Identifier: Apache-2.0
//
// Named tensors and text in one safetensors file, which other programs read as it is:
//   write_tensor_file("state.safetensors", {{{"format", "millrace checkpoint 1"}}, {{"w", Dtype::f32, {2, 3},
//   bytes_of(w)}}}); TensorFile file = read_tensor_file("state.safetensors"); std::vector<float> w =
//   values_of<float>(file.tensors[0]);
//
// Layout: 8 bytes little-endian length of the header | header, JSON, padded with blanks | tensors, one after the other.
// Tensor data begins at a multiple of 64 bytes, and tensors of wider elements come first, so each is aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/shape.hpp"

namespace millrace {

enum class Dtype { f32, f64, i64, u64, u8 };

[[nodiscard]] std::size_t size_of(Dtype dtype);
/// As safetensors spells it: "F32".
[[nodiscard]] std::string_view dtype_text(Dtype dtype);

/// Takes the next piece of a tensor's bytes.
using ByteSink = std::function<void(std::span<const std::byte> piece)>;

struct NamedTensor {
  std::string name;
  Dtype dtype = Dtype::f32;
  Shape shape;                         ///< {} is one number
  std::span<const std::byte> bytes{};  ///< little-endian, row by row; not owned
  /// For writing what does not lie in memory as it will in the file, instead of `bytes`: gives it piece by piece.
  /// Called twice, for the checksum and for the disk, and has to give the same both times.
  std::function<void(const ByteSink& sink)> source{};
};

struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::vector<NamedTensor> tensors;
  std::shared_ptr<const std::byte[]> storage;  ///< what `bytes` point into after reading; empty when writing
};

/// Writes `path` atomically. The bytes go from where they are to the disk, without a copy.
/// Adds a checksum over names, types, shapes, metadata and data under the metadata key "checksum".
/// Throws Error{usage} for a name that is not UTF-8, Error{internal} for a name that is taken and for a shape that does
/// not fit its bytes or its source, and what AtomicFile throws.
void write_tensor_file(const std::string& path, const TensorFile& file);

/// What a file without a checksum is: damaged, or written by another program. One that is there has to be right.
enum class Checksum { required, optional };

/// The tensors in the order in which they lie in the file. Throws Error{data} for anything that is not a complete
/// safetensors file with tensors of the types above.
[[nodiscard]] TensorFile read_tensor_file(const std::string& path, Checksum checksum = Checksum::required);

/// The bytes of an array of numbers.
template <class Numbers>
[[nodiscard]] std::span<const std::byte> bytes_of(const Numbers& numbers) {
  return std::as_bytes(std::span(numbers));
}

template <class Number>
[[nodiscard]] constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<Number, float>)
    return Dtype::f32;
  else if constexpr (std::is_same_v<Number, double>)
    return Dtype::f64;
  else if constexpr (std::is_same_v<Number, std::int64_t>)
    return Dtype::i64;
  else if constexpr (std::is_same_v<Number, std::uint64_t>)
    return Dtype::u64;
  else {
    static_assert(std::is_same_v<Number, std::uint8_t>, "safetensors as read here have no such type");
    return Dtype::u8;
  }
}

namespace detail {
/// Throws Error{data} unless `tensor` holds `count` numbers of `dtype`.
void require_numbers(const NamedTensor& tensor, Dtype dtype, std::size_t count);
}  // namespace detail

/// Copies the numbers of `tensor` to `into`. Throws Error{data} when type or count differ.
template <class Number>
void copy_values(const NamedTensor& tensor, std::span<Number> into) {
  detail::require_numbers(tensor, dtype_of<Number>(), into.size());
  if (!into.empty()) std::memcpy(into.data(), tensor.bytes.data(), tensor.bytes.size());
}

template <class Number>
[[nodiscard]] std::vector<Number> values_of(const NamedTensor& tensor) {
  std::vector<Number> values(tensor.bytes.size() / sizeof(Number));
  copy_values(tensor, std::span(values));
  return values;
}

}  // namespace millrace
