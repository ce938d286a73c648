// SPDX-License-Identifier: Apache-2.0
#include "kernels/block_product.hpp"

#include <algorithm>

#include "kernels/transpose.hpp"

namespace millrace {

namespace {

// A block of B is packed to 24 KiB, which the first cache holds beside the rows that pass by: three vectors of AVX-512,
// six of AVX2.
constexpr std::int64_t block_steps = 128, block_columns = 48;
// Fewer rows read a block of B too seldom to pay for packing it.
constexpr std::int64_t rows_worth_packing = 16;

bool packs(const MatmulSpec& spec) { return spec.b.layout == Layout::transposed || spec.m >= rows_worth_packing; }

// Rows and columns of B, packed at `to`, block_columns apart.
void pack(const BoundProduct& p, IndexRange steps, IndexRange columns, float* to) {
  const std::int64_t stride = p.spec.b.stride;
  if (p.spec.b.layout == Layout::transposed)
    return transpose(p.b + columns.begin * stride + steps.begin, stride, {0, columns.size()}, steps.size(), to,
                     block_columns);
  for (std::int64_t i = steps.begin; i < steps.end; ++i, to += block_columns)
    std::copy_n(p.b + i * stride + columns.begin, columns.size(), to);
}

// c [m x columns] = A B for these columns, or += if the spec says so. `sums` is C, or memory for a block of it.
void multiply_columns(const BoundProduct& p, IndexRange columns, float* sums, std::int64_t sums_stride, float* packed,
                      SmallKernel kernel) {
  const MatmulSpec& spec = p.spec;
  const bool a_in_rows = spec.a.layout == Layout::rows;
  SmallProduct block{.m = spec.m, .n = columns.size(), .c = sums, .c_stride = sums_stride};
  block.a_row = a_in_rows ? p.a_stride : 1;
  block.a_step = a_in_rows ? 1 : p.a_stride;
  if (spec.bias) block.start = p.bias + columns.begin;
  for (IndexRange steps{0, 0}; steps.end < spec.k;) {
    steps = {steps.end, std::min(spec.k, steps.end + block_steps)};
    block.k = steps.size();
    block.a = p.a + steps.begin * block.a_step;
    if (packs(spec)) {
      pack(p, steps, columns, packed);
      block.b = packed;
      block.b_stride = block_columns;
    } else {
      block.b = p.b + steps.begin * spec.b.stride + columns.begin;
      block.b_stride = spec.b.stride;
    }
    kernel(block);
    block.start = sums;
    block.start_stride = sums_stride;
  }
}

}  // namespace

std::int64_t block_scratch(const MatmulSpec& spec) {
  return (packs(spec) ? block_steps * block_columns : 0) + (spec.accumulate ? spec.m * block_columns : 0);
}

void multiply_in_blocks(const BoundProduct& p, SmallKernel kernel) {
  const MatmulSpec& spec = p.spec;
  float* const packed = p.scratch + (spec.accumulate ? spec.m * block_columns : 0);
  for (IndexRange columns{0, 0}; columns.end < spec.n;) {
    columns = {columns.end, std::min(spec.n, columns.end + block_columns)};
    float* const c = p.c + columns.begin;
    if (!spec.accumulate) {
      multiply_columns(p, columns, c, spec.c_stride, packed, kernel);
      continue;
    }
    multiply_columns(p, columns, p.scratch, block_columns, packed, kernel);
    for (std::int64_t r = 0; r < spec.m; ++r)
      for (std::int64_t i = 0; i < columns.size(); ++i) c[r * spec.c_stride + i] += p.scratch[r * block_columns + i];
  }
}

}  // namespace millrace
