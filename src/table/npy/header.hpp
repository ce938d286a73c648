// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const NpyHeader header = read_npy_header(bytes, path);
//   bytes.data() + header.offset      // rows * columns items of header.item_bytes each; the file has all of them
//
// The header of a .npy file, which describes its array (NumPy's formats 1.0, 2.0 and 3.0).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

struct NpyHeader {
  char kind = 'f';  ///< f, i, u or b, as NumPy's dtype.kind
  std::int64_t item_bytes = 4;
  bool swapped = false;     ///< items have the byte order that this machine does not have
  bool by_columns = false;  ///< Fortran order
  std::int64_t rows = 0, columns = 0;
  std::size_t offset = 0;  ///< of the first item, in bytes
};

/// Throws Error{data} for anything but a whole, non-empty array of f4, f8, i1..i8, u1..u8 or b1. One dimension is one
/// column; more than two, in C order, are rows and the columns of each.
[[nodiscard]] NpyHeader read_npy_header(std::string_view bytes, const std::string& path);

}  // namespace millrace
