// SPDX-License-Identifier: Apache-2.0
//
// A matrix product of any size from products of small blocks: the portable one. Every sum runs over k in order, one
// fused multiply-add after the other, so its bits depend on nothing but its row of A and its column of B.
#pragma once

#include <cstdint>

#include "kernels/bound_product.hpp"

namespace millrace {

/// c = a b + bias, or c += a b with spec.accumulate. scratch: block_scratch(spec) floats.
void multiply_in_blocks(const BoundProduct& product, SmallKernel kernel);
[[nodiscard]] std::int64_t block_scratch(const MatmulSpec& spec);

}  // namespace millrace
