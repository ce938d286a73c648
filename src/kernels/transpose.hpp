// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/index.hpp"

namespace millrace {

/// to[c * to_stride + r] = from[r * from_stride + c] for the rows r of `rows` and all columns c, in squares that the
/// cache holds.
void transpose(const float* from, std::int64_t from_stride, IndexRange rows, std::int64_t columns, float* to,
               std::int64_t to_stride);

}  // namespace millrace
