// SPDX-License-Identifier: Apache-2.0
//
// The three products of a layer whose weights W [inputs x units] lie in panels (panels.hpp), with AVX-512 (x86-64-v4).
// No product copies the weights, and each prefetches the memory that it reads next: a step reads weights that are
// larger than any cache, and uses them for few rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace {

/// C [rows x units] = A [rows x inputs] W + bias. Sums start with the bias, if there is one, and run over the inputs in
/// order: a row's bits do not depend on the rows around it.
struct PanelForward {
  std::int64_t rows = 0, inputs = 0, units = 0;
  std::int64_t first_unit = 0, end_unit = 0;  ///< the units that are computed: whole panels, or up to the last unit
  const float* a = nullptr;
  std::int64_t a_stride = 0;
  const float* weights = nullptr;
  const float* bias = nullptr;
  float* c = nullptr;
  std::int64_t c_stride = 0;
};
void multiply_panels(const PanelForward& product);
/// A single row is multiplied with this many panels at once, so its units are best cut at multiples of it.
inline constexpr int panels_of_lone_row = 4;

/// C [rows x inputs] = D [rows x units] W^T, or C += that. Sums run over the units in order.
struct PanelBackward {
  std::int64_t rows = 0, inputs = 0, units = 0;
  std::int64_t first_input = 0, end_input = 0;  ///< the inputs that are computed: from a multiple of 8 on
  const float* d = nullptr;
  std::int64_t d_stride = 0;
  const float* weights = nullptr;
  float* c = nullptr;
  std::int64_t c_stride = 0;
  bool accumulate = false;
  float* scratch = nullptr;  ///< panel_backward_scratch() floats
};
/// Whether such a product of `rows` rows can be computed for some inputs only.
[[nodiscard]] bool can_cut_inputs(std::int64_t rows);
[[nodiscard]] std::int64_t panel_backward_scratch(std::int64_t rows, std::int64_t inputs, std::int64_t units);
void multiply_panels_transposed(const PanelBackward& product);

/// Rows of a matrix in panels that the caller updates right after the product.
struct PanelRows {
  const float* data = nullptr;  ///< its first row, first panel
  std::int64_t rows = 0;        ///< of the whole matrix
  std::int64_t first_row = 0;
};

inline constexpr std::size_t most_updated_next = 4;

/// C [inputs x units], itself in panels, = A^T [inputs x rows] D [rows x units]. Sums run over the rows in order.
/// `updated_next`: at most most_updated_next matrices as wide as C. The product prefetches as many of their rows as C
/// has, for writing.
struct PanelGradient {
  std::int64_t rows = 0, inputs = 0, units = 0;
  const float* a = nullptr;
  std::int64_t a_stride = 0;
  const float* d = nullptr;
  std::int64_t d_stride = 0;
  float* c = nullptr;
  std::span<const PanelRows> updated_next;
};
void multiply_into_panels(const PanelGradient& product);

}  // namespace millrace
