// SPDX-License-Identifier: Apache-2.0
#include "table/npy/write.hpp"

#include "base/index.hpp"

namespace millrace {

std::string npy_header(std::int64_t rows, std::int64_t columns) {
  const std::string shape = "(" + std::to_string(rows) + ", " + std::to_string(columns) + ")";
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
  const std::string magic("\x93NUMPY\x01\x00", 8);
  const auto fixed = static_cast<std::int64_t>(magic.size() + 2);
  const std::int64_t length = round_up(fixed + std::ssize(text) + 1, 64) - fixed;
  text.resize(length - 1, ' ');
  text += '\n';
  const std::string size{static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  return magic + size + text;
}

}  // namespace millrace
