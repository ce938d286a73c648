// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/panel_product.hpp"

namespace millrace::avx512 {

/// As many rows of a batch fill at most half of a vector.
inline constexpr std::int64_t few_rows = 8;

/// multiply_panels_transposed() for 1 to `few_rows` rows, with the same scratch. Each sum is made of sixteen partial
/// sums over the units, so it is rounded otherwise than with more rows.
void multiply_few_rows_transposed(const PanelBackward& product);

}  // namespace millrace::avx512
