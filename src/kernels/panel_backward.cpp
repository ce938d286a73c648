// SPDX-License-Identifier: Apache-2.0
//
// The backward product of weights in panels. The lanes of a vector are rows of the batch.
#include <algorithm>

#include "kernels/panel_few_rows.hpp"
#include "kernels/panel_steps.hpp"
#include "kernels/transpose.hpp"

namespace millrace {

namespace {

using namespace avx512;

// The deltas of some rows of the batch, transposed so that rows are lanes, and their products with all weights.
struct Columns {
  std::int64_t rows;   // of the batch
  std::int64_t width;  // lanes: the rows, rounded up to whole vectors
  float* transposed;   // [units x width]
  float* result;       // [inputs x width]
};

// The part of the product that sums over some units.
template <int Count>
struct BackwardColumns {
  const PanelBackward& p;
  const Columns& columns;
  IndexRange units;
  bool fetches;

  template <int Rows>
  MILLRACE_AVX512 MILLRACE_INLINE void block(std::int64_t input) const {
    float* result = columns.result + input * columns.width;
    Sums<Rows, Count> sums;
    if (units.begin > 0)
      load(sums, result, columns.width, all_lanes);
    else
      clear(sums);
    for (std::int64_t unit = units.begin; unit < units.end; unit += panel_columns) {
      const std::int64_t width = panel_width(p.units, unit), steps = std::min(panel_columns, p.units - unit);
      const float* weights = p.weights + panel_offset(p.inputs, p.units, input, unit);
      // Prefetch the next rows of the same panel.
      Ahead ahead;
      if (fetches) ahead.add({weights + Rows * width, width, Rows});
      if (unit == units.begin) ahead.add({result + Rows * columns.width, columns.width, Rows});
      add_steps(sums, RowsApart<FullVector>(weights, width),
                {columns.transposed + unit * columns.width, Count * lanes, all_lanes}, steps, ahead);
    }
    store(sums, result, columns.width, all_lanes);
  }
};

// Those of the rows from `row` on; rows before fill whole panels.
Columns columns_at(const PanelBackward& p, std::int64_t row) {
  const std::int64_t rows = std::min(panel_columns, p.rows - row);
  return {rows, lanes_for(rows), p.scratch + row * p.units, p.scratch + lanes_for(p.rows) * p.units + row * p.inputs};
}

void transpose_deltas(const PanelBackward& p) {
  for (std::int64_t row = 0; row < p.rows; row += panel_columns) {
    const Columns columns = columns_at(p, row);
    transpose(p.d + row * p.d_stride, p.d_stride, {0, columns.rows}, p.units, columns.transposed, columns.width);
  }
}

void store_result(const PanelBackward& p) {
  for (std::int64_t row = 0; row < p.rows; row += panel_columns) {
    const Columns columns = columns_at(p, row);
    float* c = p.c + row * p.c_stride;
    if (!p.accumulate) {
      transpose(columns.result, columns.width, {p.first_input, p.end_input}, columns.rows, c, p.c_stride);
      continue;
    }
    for (std::int64_t r = 0; r < columns.rows; ++r)
      for (std::int64_t i = p.first_input; i < p.end_input; ++i)
        c[r * p.c_stride + i] += columns.result[i * columns.width + r];
  }
}

MILLRACE_AVX512 void backward_group(const PanelBackward& p) {
  transpose_deltas(p);
  for (IndexRange units{0, 0}; units.end < p.units;) {
    units = {units.end, std::min(p.units, units.end + steps_of_block)};
    // A few inputs at a time for all rows of the batch, so that their weights are read once.
    for (std::int64_t input = p.first_input; input < p.end_input; input += block_rows) {
      const std::int64_t end = std::min(p.end_input, input + block_rows);
      for (std::int64_t row = 0; row < p.rows; row += panel_columns) {
        const Columns columns = columns_at(p, row);
        if (columns.width == panel_columns)
          for_each_block(input, end, BackwardColumns<2>{p, columns, units, row == 0});
        else
          for_each_block(input, end, BackwardColumns<1>{p, columns, units, row == 0});
      }
    }
  }
  store_result(p);
}

}  // namespace

// The last group of rows may be one of few, whose kernel takes all inputs.
bool can_cut_inputs(std::int64_t rows) { return (rows - 1) % group_rows >= few_rows; }

std::int64_t panel_backward_scratch(std::int64_t rows, std::int64_t inputs, std::int64_t units) {
  return lanes_for(std::min(rows, group_rows)) * (inputs + lanes_for(units));
}

void multiply_panels_transposed(const PanelBackward& p) {
  for (std::int64_t row = 0; row < p.rows; row += group_rows) {
    PanelBackward group = p;
    group.rows = std::min(group_rows, p.rows - row);
    group.d += row * p.d_stride;
    group.c += row * p.c_stride;
    if (group.rows <= few_rows)
      multiply_few_rows_transposed(group);
    else
      backward_group(group);
  }
}

}  // namespace millrace
