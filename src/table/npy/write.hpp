// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a NumPy .npy file.
#pragma once

#include <cstdint>
#include <string>

namespace millrace {

/// What stands ahead of rows * columns little-endian fp32 numbers in C order: version 1.0, 64-byte aligned as NumPy
/// writes it.
[[nodiscard]] std::string npy_header(std::int64_t rows, std::int64_t columns);

}  // namespace millrace
