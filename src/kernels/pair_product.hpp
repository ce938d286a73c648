// SPDX-License-Identifier: Apache-2.0
//
// The product of two matrices of bfloat16 numbers with sums in fp32. Each sum begins with its start and takes the pairs
// in order. Of a pair it adds the second product, then the first, each with one fused multiply-add; denormal numbers
// count as zeros. That is what the instruction vdpbf16ps does, so every kernel has the same bits, with the instruction
// or without, for any cut of the matrices.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/bfloat16.hpp"
#include "kernels/panel_product.hpp"

namespace millrace {

/// C [rows x columns] = start + A B, where `steps` pairs lie along each sum.
struct PairProduct {
  std::int64_t rows = 0, steps = 0, columns = 0;
  const BfloatPair* a = nullptr;  ///< pair (row, step) at row * a_row + step * a_step, of which one is 1
  std::int64_t a_row = 0, a_step = 1;
  /// Pair (step, column) at c / 64 * b_panel + step * b_step + c % 64, where c = b_column + column. The columns are filled
  /// up to 64 with pairs that may be read.
  const BfloatPair* b = nullptr;
  std::int64_t b_panel = pair_panel_columns, b_step = pair_panel_columns;
  std::int64_t b_column = 0;  ///< a multiple of 32
  float* c = nullptr;
  std::int64_t c_stride = 0;    ///< of the rows
  bool c_in_panels = false;     ///< C is a matrix in panels (panels.hpp) of its own; c_stride does not count
  const float* bias = nullptr;  ///< [columns] the start of the sums; null: 0
  bool accumulate = false;      ///< the start is C; there is no bias
  std::span<const PanelRows> updated_next{};  ///< as in PanelGradient; used if C is in panels

  /// The pairs of a column, b_step apart.
  [[nodiscard]] const BfloatPair* pairs_of(std::int64_t column) const {
    const std::int64_t in_panels = b_column + column, in_panel = in_panels % pair_panel_columns;
    return b + in_panels / pair_panel_columns * b_panel + in_panel;
  }
};

/// Denormal numbers are flushed to zero on the thread that calls it (KernelThread).
void multiply_pairs(const PairProduct& product, PairKernel kernel);

// The kernels; use multiply_pairs().
void multiply_pairs_bf16(const PairProduct& product);
void multiply_pairs_avx2(const PairProduct& product);

}  // namespace millrace
