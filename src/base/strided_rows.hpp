// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace millrace {

/// Rows of a matrix that lie `stride` elements apart.
template <class Element>
struct StridedRows {
  Element* data = nullptr;
  std::int64_t stride = 0;
  [[nodiscard]] Element* row(std::int64_t r) const { return data + r * stride; }
  operator StridedRows<const Element>() const { return {data, stride}; }  // NOLINT: as a pointer converts
};

}  // namespace millrace
