// SPDX-License-Identifier: Apache-2.0
//
// Named tensors as bytes, and as the numbers that the bytes stand for:
//   NamedTensor tensor{"w", Dtype::f32, {2, 3}, bytes_of(weights)};
//   std::vector<float> weights = values_of<float>(tensor);
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/shape.hpp"

namespace millrace {

enum class Dtype { f32, f64, i64, u64, u8 };

/// Bytes of one element.
[[nodiscard]] std::size_t size_of(Dtype dtype);
/// The name in safetensors files: "F32".
[[nodiscard]] std::string_view dtype_text(Dtype dtype);
/// The type with this name in safetensors files, if Dtype has it.
[[nodiscard]] std::optional<Dtype> dtype_from(std::string_view text);
/// The names of all types of Dtype.
[[nodiscard]] std::vector<std::string_view> dtype_names();

/// Receives the next bytes.
using ByteSink = std::function<void(std::span<const std::byte> piece)>;

struct NamedTensor {
  std::string name;
  Dtype dtype = Dtype::f32;
  Shape shape;                         ///< {}: one number
  std::span<const std::byte> bytes{};  ///< little-endian, row-major; not owned
  /// Replaces `bytes` when writing numbers that do not lie in memory in this order: gives them to `sink` piece by
  /// piece. It is called twice, for the checksum and for the file, and must give the same bytes both times.
  std::function<void(const ByteSink& sink)> source{};
};

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
    static_assert(std::is_same_v<Number, std::uint8_t>, "Dtype has no such type");
    return Dtype::u8;
  }
}

namespace detail {
/// Throws Error{data} unless `tensor` holds `count` numbers of `dtype`.
void require_numbers(const NamedTensor& tensor, Dtype dtype, std::size_t count);
}  // namespace detail

/// Copies the numbers of `tensor` to `into`. Throws Error{data} if type or count differ.
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
