// SPDX-License-Identifier: Apache-2.0
#include "kernels/bound_product.hpp"

#include <algorithm>
#include <utility>

#include "kernels/column_product.hpp"
#include "kernels/openblas.hpp"
#include "kernels/panel_product.hpp"
#include "kernels/transpose.hpp"

namespace millrace {

namespace {

void add_bias(const BoundProduct& p) {
  if (!p.spec.bias) return;
  for (std::int64_t r = 0; r < p.spec.m; ++r)
    for (std::int64_t i = 0; i < p.spec.n; ++i) p.c[r * p.spec.c_stride + i] += p.bias[i];
}

}  // namespace

void multiply_by_openblas(const BoundProduct& p) {
  const MatmulSpec& spec = p.spec;
  const auto transposed = [](const MatrixLayout& layout) {
    return layout.layout == Layout::transposed ? openblas::transpose : openblas::no_transpose;
  };
  openblas::multiply(transposed(spec.a), transposed(spec.b), static_cast<int>(spec.m), static_cast<int>(spec.n),
                     static_cast<int>(spec.k), p.a, static_cast<int>(p.a_stride), p.b, static_cast<int>(spec.b.stride),
                     spec.accumulate ? 1.0F : 0.0F, p.c, static_cast<int>(spec.c_stride));
  add_bias(p);
}

void multiply_by_column(const BoundProduct& p) {
  multiply_column(p.a, p.a_stride, p.b, p.spec.m, p.spec.k, p.c, p.spec.c_stride);
  add_bias(p);
}

void multiply_small(const BoundProduct& p, SmallKernel kernel) {
  const MatmulSpec& spec = p.spec;
  const bool a_in_rows = spec.a.layout == Layout::rows;
  SmallProduct product{.m = spec.m, .k = spec.k, .n = spec.n, .c = p.c, .c_stride = spec.c_stride};
  product.a = p.a;
  product.a_row = a_in_rows ? p.a_stride : 1;
  product.a_step = a_in_rows ? 1 : p.a_stride;
  product.fetch_rows = a_in_rows && p.a_in_memory;
  product.b = p.b;
  product.b_stride = spec.b.stride;
  if (spec.bias) product.start = p.bias;
  if (spec.n == 1 && !a_in_rows) {
    // A^T b is computed as b^T A, because the rows of A are contiguous.
    std::swap(product.m, product.n);
    std::swap(product.a, product.b);
    product.a_step = spec.b.layout == Layout::rows ? spec.b.stride : 1;
    product.b_stride = p.a_stride;
  } else if (spec.n == 1) {
    // The last column of a product that was cut (multiply_small_columns).
    if (spec.b.layout == Layout::transposed) product.b_stride = 1;
  } else if (transposes(spec)) {
    transpose(p.b, spec.b.stride, {0, spec.n}, spec.k, p.scratch, spec.n);
    product.b = p.scratch;
    product.b_stride = spec.n;
  }
  kernel(product);
}

std::int64_t rows_to_activate(const MatmulSpec& spec) {
  constexpr std::int64_t cached_floats = 1 << 12, fewest_rows = 16;
  if (spec.activation.kind == Eltwise::Kind::none) return spec.m;
  return std::max(fewest_rows, cached_floats / spec.c_stride / fewest_rows * fewest_rows);
}

void multiply_small_activated(const BoundProduct& p, SmallKernel kernel) {
  const std::int64_t at_once = rows_to_activate(p.spec);
  MatmulSpec spec = p.spec;
  for (std::int64_t row = 0; row < p.spec.m; row += at_once) {
    spec.m = std::min(at_once, p.spec.m - row);
    const BoundProduct some{.spec = spec,
                            .a = p.a + row * p.a_stride,
                            .a_stride = p.a_stride,
                            .b = p.b,
                            .bias = p.bias,
                            .c = p.c + row * spec.c_stride,
                            .a_in_memory = p.a_in_memory,
                            .scratch = p.scratch};
    multiply_small(some, kernel);
    apply_activation(some, {0, spec.n});
  }
}

void multiply_in_panels(const BoundProduct& p) {
  const MatmulSpec& spec = p.spec;
  if (spec.c_in_panels) {
    multiply_into_panels({.rows = spec.k,
                          .inputs = spec.m,
                          .units = spec.n,
                          .a = p.a,
                          .a_stride = p.a_stride,
                          .d = p.b,
                          .d_stride = spec.b.stride,
                          .c = p.c,
                          .updated_next = p.updated_next});
  } else {
    multiply_panel_columns(p, {0, spec.n});
  }
}

void multiply_panel_columns(const BoundProduct& p, IndexRange columns) {
  const MatmulSpec& spec = p.spec;
  if (spec.b.layout == Layout::transposed_panels) {
    multiply_panels_transposed({.rows = spec.m,
                                .inputs = spec.n,
                                .units = spec.k,
                                .first_input = columns.begin,
                                .end_input = columns.end,
                                .d = p.a,
                                .d_stride = p.a_stride,
                                .weights = p.b,
                                .c = p.c,
                                .c_stride = spec.c_stride,
                                .accumulate = spec.accumulate,
                                .scratch = p.scratch});
    return;
  }
  multiply_panels({.rows = spec.m,
                   .inputs = spec.k,
                   .units = spec.n,
                   .first_unit = columns.begin,
                   .end_unit = columns.end,
                   .a = p.a,
                   .a_stride = p.a_stride,
                   .weights = p.b,
                   .bias = spec.bias ? p.bias : nullptr,
                   .c = p.c,
                   .c_stride = spec.c_stride});
}

bool can_cut_panels(const MatmulSpec& spec) {
  return !spec.c_in_panels && (spec.b.layout == Layout::panels || can_cut_inputs(spec.m));
}

void multiply_small_columns(const BoundProduct& p, IndexRange columns, SmallKernel kernel) {
  MatmulSpec spec = p.spec;
  spec.n = columns.size();
  const std::int64_t step = spec.b.layout == Layout::transposed ? spec.b.stride : 1;
  multiply_small({.spec = spec,
                  .a = p.a,
                  .a_stride = p.a_stride,
                  .b = p.b + columns.begin * step,
                  .bias = p.bias != nullptr ? p.bias + columns.begin : nullptr,
                  .c = p.c + columns.begin,
                  .a_in_memory = p.a_in_memory,
                  .scratch = p.scratch},
                 kernel);
}

void apply_activation(const BoundProduct& p, IndexRange columns) {
  const MatmulSpec& spec = p.spec;
  if (spec.activation.kind == Eltwise::Kind::none) return;
  if (spec.c_stride == columns.size())
    return spec.activation.in_place(p.c, spec.m * spec.c_stride, spec.activation.alpha);
  for (std::int64_t r = 0; r < spec.m; ++r)
    spec.activation.in_place(p.c + r * spec.c_stride + columns.begin, columns.size(), spec.activation.alpha);
}

}  // namespace millrace
