// SPDX-License-Identifier: Apache-2.0
//
// The choice of a kernel, and the kernel for processors without fused multiply-adds.
#include "kernels/pair_product.hpp"

#include <bit>
#include <cmath>

#include "kernels/panels.hpp"

namespace millrace {

namespace {

float first_of(BfloatPair pair) { return std::bit_cast<float>(static_cast<std::uint32_t>(pair << 16)); }
float second_of(BfloatPair pair) { return std::bit_cast<float>(static_cast<std::uint32_t>(pair & 0xFFFF'0000)); }

// The definition of the product, element by element.
void multiply_pairs_fused(const PairProduct& p) {
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const std::int64_t columns = p.c_in_panels ? panel_floats(1, p.columns) : p.columns;
    for (std::int64_t column = 0; column < columns; ++column) {
      float& c = p.c[p.c_in_panels ? panel_offset(p.rows, p.columns, row, column) : row * p.c_stride + column];
      const BfloatPair* const b = p.pairs_of(column);
      float sum = p.accumulate ? c : p.bias != nullptr ? p.bias[column] : 0.0F;
      for (std::int64_t step = 0; step < p.steps; ++step) {
        const BfloatPair x = p.a[row * p.a_row + step * p.a_step], y = b[step * p.b_step];
        sum = std::fma(second_of(x), second_of(y), sum);
        sum = std::fma(first_of(x), first_of(y), sum);
      }
      c = sum;
    }
  }
}

}  // namespace

void multiply_pairs(const PairProduct& product, PairKernel kernel) {
  switch (kernel) {
    case PairKernel::bf16:
      return multiply_pairs_bf16(product);
    case PairKernel::avx2:
      return multiply_pairs_avx2(product);
    case PairKernel::fused:
      return multiply_pairs_fused(product);
  }
}

}  // namespace millrace
