// SPDX-License-Identifier: Apache-2.0
//
// The product of pairs with AVX512_BF16. Blocks, groups and prefetches are those of the products of panels
// (panel_steps.hpp), with a pair in place of each float.
#include <algorithm>
#include <type_traits>

#include "kernels/pair_product.hpp"
#include "kernels/panel_steps.hpp"
#include "kernels/panels.hpp"

#define MILLRACE_AVX512_BF16 __attribute__((target("arch=x86-64-v4,prfchw,avx512bf16")))

namespace millrace {

namespace {

using namespace avx512;

// Twice as many as in fp32: a step does twice the arithmetic for the same bytes, and the sums go to memory less often.
constexpr std::int64_t steps_of_pair_block = 2 * steps_of_block;
// With fewer steps to a block, prefetching what the caller updates costs more time than it saves.
constexpr std::int64_t steps_worth_fetching = 16;

struct PairVector {
  using Number = BfloatPair;
};

template <int Rows, int Count, class Numbers>
MILLRACE_AVX512_BF16 MILLRACE_INLINE void add_pairs(Sums<Rows, Count>& sums, const Numbers& a, std::int64_t step,
                                                    const BfloatPair* b) {
  __m512i values[Count];
#pragma GCC unroll 2
  for (int v = 0; v < Count; ++v) values[v] = _mm512_loadu_si512(b + v * lanes);
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    const __m512i x = _mm512_set1_epi32(static_cast<int>(a.row(r)[step]));
#pragma GCC unroll 2
    for (int v = 0; v < Count; ++v)
      sums.of[r][v] =
          _mm512_dpbf16_ps(sums.of[r][v], reinterpret_cast<__m512bh>(values[v]), reinterpret_cast<__m512bh>(x));
  }
}

// The pairs of B of successive steps.
struct Pairs {
  const BfloatPair* data;
  std::int64_t step_stride;
};

template <int Rows, int Count, class Numbers>
MILLRACE_AVX512_BF16 MILLRACE_INLINE void add_next(Sums<Rows, Count>& sums, Numbers& a, Pairs& b) {
  add_pairs(sums, a, 0, b.data);
  a.move(1);
  b.data += b.step_stride;
}

template <int Rows, int Count>
MILLRACE_AVX512_BF16 MILLRACE_INLINE void add_turn(Sums<Rows, Count>& sums, RowsApart<PairVector>& a, Pairs& b) {
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < steps_of_fetch; ++i) add_pairs(sums, a, i, b.data + i * b.step_stride);
  a.move(steps_of_fetch);
  b.data += steps_of_fetch * b.step_stride;
}
template <int Rows, int Count>
MILLRACE_AVX512_BF16 MILLRACE_INLINE void add_turn(Sums<Rows, Count>& sums, RowsBeside<PairVector>& a, Pairs& b) {
#pragma GCC unroll 1
  for (std::int64_t i = 0; i < steps_of_fetch; ++i) add_next(sums, a, b);
}

template <int Rows, int Count, class Numbers>
MILLRACE_AVX512_BF16 MILLRACE_INLINE void add_steps(Sums<Rows, Count>& sums, Numbers a, Pairs b, std::int64_t steps,
                                                    const Ahead& ahead) {
  std::int64_t turns = steps / steps_of_fetch;
  const std::int64_t at_once = ceil_div(ahead.rows, std::max<std::int64_t>(1, turns));
  for (std::size_t r = 0; r < ahead.count; ++r) {
    Run run = ahead.runs[r];
    for (; run.rows > 0 && turns > 0; --turns) {
      for (std::int64_t i = 0; i < at_once; ++i, run.at += run.stride) fetch(run.at, run.use);
      run.rows -= at_once;
      add_turn(sums, a, b);
    }
  }
  for (; turns > 0; --turns) add_turn(sums, a, b);
  for (steps %= steps_of_fetch; steps > 0; --steps) add_next(sums, a, b);
}

// The columns of one panel, for some rows, with the sums over some steps.
template <class Numbers, int Count>
struct PairPanel {
  const PairProduct& p;
  IndexRange rows, steps;
  std::int64_t column;

  template <int Rows>
  MILLRACE_AVX512_BF16 __attribute__((noinline)) void block(std::int64_t row) const {
    const std::int64_t width = p.c_in_panels ? panel_width(p.columns, column) : p.c_stride;
    const __mmask16 last = p.c_in_panels ? all_lanes : lanes_of(std::min(panel_columns, p.columns - column));
    float* const c = p.c + (p.c_in_panels ? panel_offset(p.rows, p.columns, row, column) : row * p.c_stride + column);
    Sums<Rows, Count> sums;
    if (steps.begin > 0 || p.accumulate)
      load(sums, c, width, last);
    else if (p.bias != nullptr)
      load(sums, p.bias + column, 0, last);
    else
      clear(sums);
    const BfloatPair* const a = p.a + row * p.a_row + steps.begin * p.a_step;
    constexpr bool apart = std::is_same_v<Numbers, RowsApart<PairVector>>;
    add_steps(sums, Numbers(a, apart ? p.a_row : p.a_step), {pairs(column), p.b_step}, steps.size(), next<Rows>(row));
    store(sums, c, width, last);
  }
  [[nodiscard]] const BfloatPair* pairs(std::int64_t of_column) const {
    return p.pairs_of(of_column) + steps.begin * p.b_step;
  }
  // What a block fetches: its share of the next panel of B, where the next block's results go, and the rows that the
  // caller updates after the product.
  template <int Rows>
  [[nodiscard]] MILLRACE_INLINE Ahead next(std::int64_t row) const {
    Ahead ahead;
    if (steps.begin == 0 && p.steps >= steps_worth_fetching && p.c_in_panels) {
      const std::int64_t width = panel_width(p.columns, column);
      for (const PanelRows& updated : p.updated_next)
        ahead.add({updated.data + updated.rows * column + (updated.first_row + row) * width, width, Rows, Use::write});
    }
    if (!p.c_in_panels) {
      const std::int64_t following = std::min(row + block_rows, p.rows - 1);
      ahead.add({p.c + following * p.c_stride + column, p.c_stride, std::min(block_rows, p.rows - 1 - row)});
    }
    if (const std::int64_t beside = column + panel_columns; beside < p.columns) {
      const std::int64_t share = ceil_div(steps.size(), ceil_div(rows.size(), block_rows)),
                         first = (row - rows.begin) / block_rows * share;
      ahead.add({reinterpret_cast<const float*>(pairs(beside) + first * p.b_step), p.b_step, share});
    }
    return ahead;
  }
};

template <class Numbers>
MILLRACE_AVX512_BF16 void multiply_panel(const PairProduct& p, IndexRange rows, IndexRange steps, std::int64_t column) {
  if (panel_width(p.columns, column) == panel_columns)
    for_each_block(rows.begin, rows.end, PairPanel<Numbers, 2>{p, rows, steps, column});
  else
    for_each_block(rows.begin, rows.end, PairPanel<Numbers, 1>{p, rows, steps, column});
}

}  // namespace

void multiply_pairs_bf16(const PairProduct& p) {
  const bool apart = p.a_step == 1;
  for (IndexRange rows{0, 0}; rows.end < p.rows;) {
    rows = {rows.end, std::min(p.rows, rows.end + group_rows)};
    for (IndexRange steps{0, 0}; steps.end < p.steps;) {
      steps = {steps.end, std::min(p.steps, steps.end + steps_of_pair_block)};
      for (std::int64_t column = 0; column < p.columns; column += panel_columns) {
        if (apart)
          multiply_panel<RowsApart<PairVector>>(p, rows, steps, column);
        else
          multiply_panel<RowsBeside<PairVector>>(p, rows, steps, column);
      }
    }
  }
}

}  // namespace millrace
