// SPDX-License-Identifier: Apache-2.0
//
// The forward product of weights in panels.
#include <algorithm>

#include "kernels/panel_steps.hpp"

namespace millrace {

namespace {

using namespace avx512;

// The part of the product that sums over some inputs, for some rows and the columns of one panel.
template <int Count>
struct ForwardPanel {
  const PanelForward& p;
  IndexRange rows, steps;
  std::int64_t column, width;

  template <int Rows>
  MILLRACE_AVX512 MILLRACE_INLINE void block(std::int64_t row) const {
    const __mmask16 last = lanes_of(std::min(panel_columns, p.units - column));
    float* c = p.c + row * p.c_stride + column;
    Sums<Rows, Count> sums;
    if (steps.begin > 0)
      load(sums, c, p.c_stride, last);
    else if (p.bias != nullptr)
      load(sums, p.bias + column, 0, last);
    else
      clear(sums);
    const float* weights = p.weights + panel_offset(p.inputs, p.units, steps.begin, column);
    add_steps(sums, RowsApart<FullVector>(p.a + row * p.a_stride + steps.begin, p.a_stride),
              {weights, Count * lanes, all_lanes}, steps.size(), next(row));
    store(sums, c, p.c_stride, last);
  }
  // A block's share of the weights that come next (of the panel beside, or of the first panel's next steps), and where
  // the next block's results go.
  [[nodiscard]] MILLRACE_INLINE Ahead next(std::int64_t row) const {
    const std::int64_t beside = column + panel_columns,
                       share = ceil_div(steps.size(), ceil_div(rows.size(), block_rows));
    const std::int64_t offset = beside < p.end_unit
                                    ? panel_offset(p.inputs, p.units, steps.begin, beside)
                                    : panel_offset(p.inputs, p.units, steps.end % p.inputs, p.first_unit);
    Ahead ahead;
    ahead.add({p.c + std::min(row + block_rows, p.rows - 1) * p.c_stride + column, p.c_stride,
               std::min(block_rows, p.rows - 1 - row)});
    ahead.add({p.weights + offset + (row - rows.begin) / block_rows * share * width, width, share});
    return ahead;
  }
};

MILLRACE_AVX512 void forward_panel(const PanelForward& p, IndexRange rows, IndexRange steps, std::int64_t column) {
  const std::int64_t width = panel_width(p.units, column);
  if (width == panel_columns)
    for_each_block(rows.begin, rows.end, ForwardPanel<2>{p, rows, steps, column, width});
  else
    for_each_block(rows.begin, rows.end, ForwardPanel<1>{p, rows, steps, column, width});
}

// A row by itself has too few sums in a panel to wait for one another: several panels at once read the weights as fast
// as the caches give them.
struct LoneRow {
  const PanelForward& p;

  template <int Panels>
  MILLRACE_AVX512 MILLRACE_INLINE void panels(std::int64_t column) const {
    constexpr int vectors = panel_columns / lanes;
    __m512 sums[Panels][vectors];
#pragma GCC unroll 8
    for (int panel = 0; panel < Panels; ++panel) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        sums[panel][v] = p.bias != nullptr ? _mm512_loadu_ps(p.bias + column + panel * panel_columns + v * lanes)
                                           : _mm512_setzero_ps();
      }
    }
    const float* const weights = p.weights + panel_offset(p.inputs, p.units, 0, column);
    const std::int64_t to_next_panel = p.inputs * panel_columns;
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < p.inputs; ++i) {
      const __m512 x = _mm512_set1_ps(p.a[i]);
#pragma GCC unroll 8
      for (int panel = 0; panel < Panels; ++panel) {
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) {
          sums[panel][v] = _mm512_fmadd_ps(
              x, _mm512_loadu_ps(weights + panel * to_next_panel + i * panel_columns + v * lanes), sums[panel][v]);
        }
      }
    }
#pragma GCC unroll 8
    for (int panel = 0; panel < Panels; ++panel) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v)
        _mm512_storeu_ps(p.c + column + panel * panel_columns + v * lanes, sums[panel][v]);
    }
  }
};

MILLRACE_AVX512 void multiply_lone_row(const PanelForward& p) {
  constexpr int panels = panels_of_lone_row;
  const LoneRow row{p};
  std::int64_t column = p.first_unit;
  for (; column + panels * panel_columns <= p.end_unit; column += panels * panel_columns) row.panels<panels>(column);
  for (; column + panel_columns <= p.end_unit; column += panel_columns) row.panels<1>(column);
  if (column < p.end_unit) forward_panel(p, {0, 1}, {0, p.inputs}, column);
}

}  // namespace

MILLRACE_AVX512 void multiply_panels(const PanelForward& p) {
  if (p.rows == 1) return multiply_lone_row(p);
  for (IndexRange rows{0, 0}; rows.end < p.rows;) {
    rows = {rows.end, std::min(p.rows, rows.end + group_rows)};
    for (IndexRange steps{0, 0}; steps.end < p.inputs;) {
      steps = {steps.end, std::min(p.inputs, steps.end + steps_of_block)};
      for (std::int64_t column = p.first_unit; column < p.end_unit; column += panel_columns)
        forward_panel(p, rows, steps, column);
    }
  }
}

}  // namespace millrace
