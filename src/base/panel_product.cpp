// SPDX-License-Identifier: Apache-2.0
//
// All three products are made of one block: eight rows of two vectors, sixteen sums in registers, to each of which a
// step adds a broadcast number times a vector. Forward broadcasts activations and reads vectors of weights; backward
// broadcasts weights, and the vectors are those of transposed deltas, rows of the batch side by side; the gradient
// broadcasts activations and reads vectors of deltas.
#include "base/panel_product.hpp"

#include <algorithm>
#include <array>

#include "base/avx512_block.hpp"
#include "base/panels.hpp"
#include "base/transpose.hpp"

namespace millrace {

namespace {

using namespace avx512;

constexpr std::int64_t line = cache_line_floats;
constexpr std::int64_t steps_of_fetch = 4;
// Steps after which a block's sums go to memory and the next block has its turn: what all blocks read again is 64 KiB
// at most, beside which the second cache holds what the other operand reads again.
constexpr std::int64_t forward_steps = 512, backward_units = 512, gradient_steps = 512;
constexpr std::int64_t second_cache_floats = 1 << 17;  // half a MiB
// Rows of the batch that share one pass over the weights: their activations fit the second cache.
constexpr std::int64_t group_rows = 128;

// Memory that is going to be used: panel rows (two lines each), so many of them a stride apart. What is going to be
// written is taken from the other cores at once.
enum class Use { read, write };
struct Run {
  const float* at;
  std::int64_t stride, rows;
  Use use = Use::read;
};

MILLRACE_INLINE void fetch(const float* at, Use use) {
  if (use == Use::write) {
    __builtin_prefetch(at, 1);
    __builtin_prefetch(at + line, 1);
  } else {
    _mm_prefetch(at, _MM_HINT_T1);
    _mm_prefetch(at + line, _MM_HINT_T1);
  }
}

struct Ahead {
  std::array<Run, most_updated_next + 2> runs{};
  std::size_t count = 0;
  std::int64_t rows = 0;  // of all runs

  MILLRACE_INLINE void add(const Run& run) {
    runs[count++] = run;
    rows += run.rows;
  }
};

// Where the broadcast numbers come from: number (row, step) at data[row * row_stride + step * step_stride].
struct Scalars {
  const float* data;
  std::int64_t row_stride, step_stride;
};
struct Vectors {
  const float* data;
  std::int64_t step_stride;
  __mmask16 last;  // lanes of the last vector that are there to be read
};

template <int Rows, int Count>
MILLRACE_AVX512 MILLRACE_INLINE void add_next(Sums<Rows, Count>& sums, Scalars& a, Vectors& b) {
  add_step(sums, a.data, a.row_stride, b.data, b.last);
  a.data += a.step_stride;
  b.data += b.step_stride;
}

// The steps from one fetch to the next: unrolled where a step's operands lie at a constant distance from the last
// one's, else the compiler would keep a register for each.
template <bool Constant, int Rows, int Count>
MILLRACE_AVX512 MILLRACE_INLINE void add_turn(Sums<Rows, Count>& sums, Scalars& a, Vectors& b) {
  if constexpr (Constant) {
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < steps_of_fetch; ++i) add_next(sums, a, b);
  } else {
#pragma GCC unroll 1
    for (std::int64_t i = 0; i < steps_of_fetch; ++i) add_next(sums, a, b);
  }
}

// So many steps; what is `ahead` is fetched along the way.
template <bool Constant, int Rows, int Count>
MILLRACE_AVX512 MILLRACE_INLINE void add_steps(Sums<Rows, Count>& sums, Scalars a, Vectors b, std::int64_t steps,
                                               const Ahead& ahead) {
  std::int64_t turns = steps / steps_of_fetch;
  const std::int64_t at_once = ceil_div(ahead.rows, std::max<std::int64_t>(1, turns));
  for (std::size_t r = 0; r < ahead.count; ++r) {
    Run run = ahead.runs[r];
    for (; run.rows > 0 && turns > 0; --turns) {
      for (std::int64_t i = 0; i < at_once; ++i, run.at += run.stride) fetch(run.at, run.use);
      run.rows -= at_once;
      add_turn<Constant>(sums, a, b);
    }
  }
  for (; turns > 0; --turns) add_turn<Constant>(sums, a, b);
  for (steps %= steps_of_fetch; steps > 0; --steps) add_next(sums, a, b);
}

// Some rows and steps of forward, for the columns of one panel.
template <int Count>
struct ForwardPanel {
  const PanelForward& p;
  RowRange rows, steps;
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
    add_steps<true>(sums, {p.a + row * p.a_stride + steps.begin, p.a_stride, 1}, {weights, Count * lanes, all_lanes},
                    steps.size(), next(row));
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

MILLRACE_AVX512 void forward_panel(const PanelForward& p, RowRange rows, RowRange steps, std::int64_t column) {
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

// The deltas of some rows of the batch, side by side in vectors, and their products with all weights.
struct Columns {
  std::int64_t rows;   // of the batch
  std::int64_t width;  // lanes: the rows, and what fills the last vector, which nobody looks at
  float* transposed;   // [units x width]
  float* result;       // [inputs x width]
};

// Some units' part of backward.
template <int Count>
struct BackwardColumns {
  const PanelBackward& p;
  const Columns& columns;
  RowRange units;
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
      // The same panel's next rows.
      Ahead ahead;
      if (fetches) ahead.add({weights + Rows * width, width, Rows});
      if (unit == units.begin) ahead.add({result + Rows * columns.width, columns.width, Rows});
      add_steps<true>(sums, {weights, width, 1}, {columns.transposed + unit * columns.width, Count * lanes, all_lanes},
                      steps, ahead);
    }
    store(sums, result, columns.width, all_lanes);
  }
};

std::int64_t lanes_for(std::int64_t rows) { return round_up(rows, lanes); }

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
      transpose(columns.result, columns.width, {0, p.inputs}, columns.rows, c, p.c_stride);
      continue;
    }
    for (std::int64_t r = 0; r < columns.rows; ++r)
      for (std::int64_t i = 0; i < p.inputs; ++i) c[r * p.c_stride + i] += columns.result[i * columns.width + r];
  }
}

template <int Count>
struct GradientPanel {
  const PanelGradient& p;
  std::int64_t column, width;
  RowRange rows;

  template <int Rows>
  MILLRACE_AVX512 MILLRACE_INLINE void block(std::int64_t input) const {
    const __mmask16 last = lanes_of(std::min(panel_columns, p.units - column));
    float* c = p.c + panel_offset(p.inputs, p.units, input, column);
    Ahead ahead;
    for (const PanelRows& next : p.updated_next) {
      if (rows.begin == 0)
        ahead.add({next.data + next.rows * column + (next.first_row + input) * width, width, Rows, Use::write});
    }
    // The first panel's blocks are the first to read the activations, in lines that four blocks share.
    if (column == 0) {
      const std::int64_t share = ceil_div(rows.size(), panel_columns / block_rows), in_group = input % panel_columns,
                         group = input - in_group;
      ahead.add(
          {p.a + (rows.begin + in_group / block_rows * share) * p.a_stride + group + panel_columns, p.a_stride, share});
    }
    // A block's share of the deltas in the columns beside, where the second cache does not hold all of them.
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
    add_steps<false>(sums, {p.a + rows.begin * p.a_stride + input, 1, p.a_stride},
                     {p.d + rows.begin * p.d_stride + column, p.d_stride, last}, rows.size(), ahead);
    store(sums, c, width, all_lanes);
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
  for (RowRange rows{0, 0}; rows.end < p.rows;) {
    rows = {rows.end, std::min(p.rows, rows.end + group_rows)};
    for (RowRange steps{0, 0}; steps.end < p.inputs;) {
      steps = {steps.end, std::min(p.inputs, steps.end + forward_steps)};
      for (std::int64_t column = p.first_unit; column < p.end_unit; column += panel_columns)
        forward_panel(p, rows, steps, column);
    }
  }
}

std::int64_t panel_backward_scratch(std::int64_t rows, std::int64_t inputs, std::int64_t units) {
  return lanes_for(std::min(rows, group_rows)) * (inputs + units);
}

namespace {

MILLRACE_AVX512 void backward_group(const PanelBackward& p) {
  transpose_deltas(p);
  for (RowRange units{0, 0}; units.end < p.units;) {
    units = {units.end, std::min(p.units, units.end + backward_units)};
    // Few inputs at a time, for all rows of the batch: their weights are read once.
    for (std::int64_t input = 0; input < p.inputs; input += block_rows) {
      const std::int64_t end = std::min(p.inputs, input + block_rows);
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

void multiply_panels_transposed(const PanelBackward& p) {
  for (std::int64_t row = 0; row < p.rows; row += group_rows) {
    PanelBackward group = p;
    group.rows = std::min(group_rows, p.rows - row);
    group.d += row * p.d_stride;
    group.c += row * p.c_stride;
    backward_group(group);
  }
}

MILLRACE_AVX512 void multiply_into_panels(const PanelGradient& p) {
  for (std::int64_t column = 0; column < p.units; column += panel_columns) {
    const std::int64_t width = panel_width(p.units, column);
    for (RowRange rows{0, 0}; rows.end < p.rows;) {
      rows = {rows.end, std::min(p.rows, rows.end + gradient_steps)};
      if (width == panel_columns)
        for_each_block(0, p.inputs, GradientPanel<2>{p, column, width, rows});
      else
        for_each_block(0, p.inputs, GradientPanel<1>{p, column, width, rows});
    }
  }
}

}  // namespace millrace
