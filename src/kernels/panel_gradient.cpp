// SPDX-License-Identifier: Apache-2.0
//
// The gradient product of weights in panels.
#include <algorithm>

#include "kernels/panel_steps.hpp"

namespace millrace {

namespace {

using namespace avx512;

// With fewer steps to a block, prefetching costs more time than it saves.
constexpr std::int64_t rows_worth_fetching = 32;
constexpr std::int64_t second_cache_floats = 1 << 17;  // half a MiB

template <int Count>
struct GradientPanel {
  const PanelGradient& p;
  std::int64_t column, width;
  IndexRange rows;

  template <int Rows>
  MILLRACE_AVX512 MILLRACE_INLINE void block(std::int64_t input) const {
    const __mmask16 last = lanes_of(std::min(panel_columns, p.units - column));
    float* c = p.c + panel_offset(p.inputs, p.units, input, column);
    const bool fetches = p.rows >= rows_worth_fetching;
    Ahead ahead;
    for (const PanelRows& next : p.updated_next) {
      if (fetches && rows.begin == 0)
        ahead.add({next.data + next.rows * column + (next.first_row + input) * width, width, Rows, Use::write});
    }
    // The blocks of the first panel are the first to read the activations. Four blocks share each cache line of them.
    if (fetches && column == 0) {
      const std::int64_t share = ceil_div(rows.size(), panel_columns / block_rows), in_group = input % panel_columns,
                         group = input - in_group;
      ahead.add(
          {p.a + (rows.begin + in_group / block_rows * share) * p.a_stride + group + panel_columns, p.a_stride, share});
    }
    // If the second cache does not hold all deltas, each block prefetches a share of those of the next panel.
    if (p.rows * p.units > second_cache_floats && column + panel_columns < p.units) {
      const std::int64_t share = ceil_div(rows.size(), ceil_div(p.inputs, block_rows));
      ahead.add(
          {p.d + (rows.begin + input / block_rows * share) * p.d_stride + column + panel_columns, p.d_stride, share});
    }
    Sums<Rows, Count> sums;
    if (rows.begin > 0)
      load(sums, c, width, all_lanes);
    else
      clear(sums);
    add_steps(sums, RowsBeside<FullVector>(p.a + rows.begin * p.a_stride + input, p.a_stride),
              {p.d + rows.begin * p.d_stride + column, p.d_stride, last}, rows.size(), ahead);
    store(sums, c, width, all_lanes);
  }
};

}  // namespace

MILLRACE_AVX512 void multiply_into_panels(const PanelGradient& p) {
  for (std::int64_t column = 0; column < p.units; column += panel_columns) {
    const std::int64_t width = panel_width(p.units, column);
    for (IndexRange rows{0, 0}; rows.end < p.rows;) {
      rows = {rows.end, std::min(p.rows, rows.end + steps_of_block)};
      if (width == panel_columns)
        for_each_block(0, p.inputs, GradientPanel<2>{p, column, width, rows});
      else
        for_each_block(0, p.inputs, GradientPanel<1>{p, column, width, rows});
    }
  }
}

}  // namespace millrace
