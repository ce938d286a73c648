// SPDX-License-Identifier: Apache-2.0
//
// A matrix times one column, as a network with one output needs it. Libraries compute it as a matrix product that
// leaves most of every register empty (oneDNN 2.6 takes 5 times as long).
#pragma once

#include <cstdint>

namespace millrace {

/// y[r * y_stride] = the dot product of row r of a [rows x count] with b [count]. The bits of a result depend on its
/// row alone. Rows may begin at any float.
void multiply_column(const float* a, std::int64_t a_stride, const float* b, std::int64_t rows, std::int64_t count,
                     float* y, std::int64_t y_stride);

}  // namespace millrace
