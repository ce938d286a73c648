// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const NpyHeader header = read_npy_header(bytes, path);
//   bytes.data() + header.offset      // rows * columns items of header.item_bytes each, all of them there
//
// What a .npy file says about the array in it (NumPy's format 1.0, 2.0 and 3.0).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

struct NpyHeader {
  char kind = 'f';  ///< f, i, u or b, as NumPy's dtype.kind
  std::int64_t item_bytes = 4;
  bool swapped = false;     ///< the items' bytes are in the other order than this machine's
  bool by_columns = false;  ///< Fortran order
  std::int64_t rows = 0, columns = 0;
  std::size_t offset = 0;  ///< of the first item
};

/// Throws Error{data} for anything but a whole, non-empty array of one or two dimensions of f4, f8, i1..i8, u1..u8 or
/// b1. One dimension is one column.
[[nodiscard]] NpyHeader read_npy_header(std::string_view bytes, const std::string& path);

}  // namespace millrace
