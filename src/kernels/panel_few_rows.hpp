// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/panel_product.hpp"

namespace millrace::avx512 {

/// Rows of a batch that fill half of a vector at most.
inline constexpr std::int64_t few_rows = 8;

/// multiply_panels_transposed() for 1 to `few_rows` rows, in the same scratch. Each sum runs over the units in sixteen
/// parts that are added at the end: other roundings than those of more rows.
void multiply_few_rows_transposed(const PanelBackward& product);

}  // namespace millrace::avx512
