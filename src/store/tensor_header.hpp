// SPDX-License-Identifier: Apache-2.0
//
// The header of a safetensors file: what its JSON says, and whether that can be true.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/tensor_file.hpp"

namespace millrace {

/// Where a tensor lies in the data, [begin, end).
struct TensorPlace {
  std::string name;
  Dtype dtype = Dtype::f32;
  Shape shape;
  std::uint64_t begin = 0, end = 0;
};

struct TensorHeader {
  std::map<std::string, std::string> metadata;
  std::vector<TensorPlace> tensors;  ///< in the order of the data, which they fill without gaps
};

inline constexpr std::uint64_t length_bytes = 8;  ///< of the header's length, in front of it
inline constexpr std::uint64_t data_alignment = 64;
inline constexpr std::uint64_t greatest_header = 100'000'000;  ///< the limit of the format's own library
inline constexpr std::string_view metadata_key = "__metadata__", checksum_key = "checksum";

/// The number of bytes of a tensor; nothing when it does not fit 64 bits or an extent is negative.
[[nodiscard]] std::optional<std::uint64_t> byte_count(Dtype dtype, const Shape& shape);

/// The JSON, padded so that the data behind it is aligned.
[[nodiscard]] std::string header_text(const TensorHeader& header);

/// Throws Error{data}, naming `path`, for a text that does not describe data of exactly `data_size` bytes.
[[nodiscard]] TensorHeader parse_header(const std::string& path, std::string_view text, std::uint64_t data_size);

}  // namespace millrace
