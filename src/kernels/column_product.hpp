// SPDX-License-Identifier: Apache-2.0
//
// A matrix times one column: a network's single output. Libraries treat it as a matrix product with most of every
// register empty (oneDNN 2.6: 5 times as long).
#pragma once

#include <cstdint>

namespace millrace {

/// y[r * y_stride] = the dot product of row r of a [rows x count] with b [count]. A row's bits depend on that row
/// alone.
void multiply_column(const float* a, std::int64_t a_stride, const float* b, std::int64_t rows, std::int64_t count,
                     float* y, std::int64_t y_stride);

}  // namespace millrace
