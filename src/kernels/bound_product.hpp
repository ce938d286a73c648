// SPDX-License-Identifier: Apache-2.0
//
// One matrix product with its operands, computed by each kernel that is not oneDNN's: OpenBLAS, and our own for one
// column, small matrices and matrices in panels. Used by matmul.cpp only.
#pragma once

#include <span>

#include "kernels/matmul.hpp"
#include "kernels/matmul_choice.hpp"

namespace millrace {

struct BoundProduct {
  const MatmulSpec& spec;
  const float* a = nullptr;
  std::int64_t a_stride = 0;  ///< of this call: it may differ from spec.a.stride
  const float *b = nullptr, *bias = nullptr;
  float* c = nullptr;
  bool a_in_memory = false;  ///< no cache holds A yet: kernels that can, prefetch its rows
  float* scratch = nullptr;
  std::span<const PanelRows> updated_next{};  ///< see Matmul::bind()
};

/// c = a b + bias, by OpenBLAS. With spec.accumulate c +=.
void multiply_by_openblas(const BoundProduct& product);
/// c = a b + bias, for a B of one column.
void multiply_by_column(const BoundProduct& product);
/// c = a b + bias. scratch: k * n floats if transposes(spec).
void multiply_small(const BoundProduct& product, SmallKernel kernel);
/// c = f(a b + bias), rows_to_activate() rows at a time, so that the activation finds them in the first cache.
[[nodiscard]] std::int64_t rows_to_activate(const MatmulSpec& spec);
void multiply_small_activated(const BoundProduct& product, SmallKernel kernel);
/// The product of a spec that has_panels(): forward, backward or gradient.
void multiply_in_panels(const BoundProduct& product);
/// The columns `columns` of c, from a multiple of panel_columns to another one or to the end, of a forward or a backward
/// product. Backward only if can_cut_panels(spec).
void multiply_panel_columns(const BoundProduct& product, IndexRange columns);
[[nodiscard]] bool can_cut_panels(const MatmulSpec& spec);
/// Likewise of a product that multiply_small() computes with more than one column.
void multiply_small_columns(const BoundProduct& product, IndexRange columns, SmallKernel kernel);

/// c = f(c) for the activation of the spec and the columns `columns`. oneDNN does this inside its product.
void apply_activation(const BoundProduct& product, IndexRange columns);

}  // namespace millrace
