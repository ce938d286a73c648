// SPDX-License-Identifier: Apache-2.0
//
// The JSON header of a safetensors file, written and checked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/tensor.hpp"

namespace millrace {

/// A tensor whose bytes are [begin, end) of the data.
struct TensorPlace {
  std::string name;
  Dtype dtype = Dtype::f32;
  Shape shape;
  std::uint64_t begin = 0, end = 0;
};

struct TensorHeader {
  std::map<std::string, std::string> metadata;
  std::vector<TensorPlace> tensors;  ///< by ascending begin; together they fill the data without gaps
};

inline constexpr std::uint64_t length_bytes = 8;  ///< size of the number before the header, the header's length
inline constexpr std::uint64_t data_alignment = 64;
inline constexpr std::uint64_t greatest_header = 100'000'000;  ///< in bytes; the limit of the format's own library
inline constexpr std::string_view metadata_key = "__metadata__", checksum_key = "checksum";

/// The number of bytes of a tensor; nothing if it does not fit 64 bits or an extent is negative.
[[nodiscard]] std::optional<std::uint64_t> byte_count(Dtype dtype, const Shape& shape);

/// The JSON, padded with blanks so that the data after it is aligned.
[[nodiscard]] std::string header_text(const TensorHeader& header);

/// Throws Error{data}, which names `path`, if the text does not describe data of exactly `data_size` bytes.
[[nodiscard]] TensorHeader parse_header(const std::string& path, std::string_view text, std::uint64_t data_size);

}  // namespace millrace
