// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   folder.write("x.npy", npy_bytes("<f4", "False", "(2, 3)", bytes_of<float>({1, 2, 3, 4, 5, 6})));
#pragma once

#include <cstring>
#include <string>
#include <vector>

namespace millrace::test {

template <class Item>
[[nodiscard]] std::string bytes_of(const std::vector<Item>& items) {
  std::string bytes(items.size() * sizeof(Item), '\0');
  if (!items.empty()) std::memcpy(bytes.data(), items.data(), bytes.size());
  return bytes;
}

/// A .npy file around a header literal: padded to 64 bytes as NumPy does.
[[nodiscard]] inline std::string npy_with_header(std::string literal, const std::string& items, char version = 1) {
  const std::size_t fixed = version == 1 ? 10 : 12;
  while ((fixed + literal.size() + 1) % 64 != 0) literal += ' ';
  literal += '\n';
  std::string file = "\x93NUMPY";
  file += version;
  file += '\0';
  for (std::size_t at = 8; at < fixed; ++at) file += static_cast<char>(literal.size() >> (8 * (at - 8)));
  return file + literal + items;
}

[[nodiscard]] inline std::string npy_bytes(const std::string& type, const std::string& by_columns,
                                           const std::string& shape, const std::string& items, char version = 1) {
  std::string literal = "{'descr': '";
  literal.append(type)
      .append("', 'fortran_order': ")
      .append(by_columns)
      .append(", 'shape': ")
      .append(shape)
      .append(", }");
  return npy_with_header(literal, items, version);
}

}  // namespace millrace::test
