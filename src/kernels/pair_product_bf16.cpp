// SPDX-License-Identifier: Apache-2.0
//
// The product of pairs with AVX512_BF16. Blocks, groups and prefetches are those of the products of panels
// (panel_steps.hpp), with a pair in place of each float.
#include <algorithm>
#include <type_traits>

#include "kernels/pair_product.hpp"
#include "kernels/panel_steps.hpp"
#include "kernels/panels.hpp"

namespace millrace {

namespace {

using namespace avx512;

// Twice as many as in fp32: a step does twice the arithmetic for the same bytes, and the sums go to memory less often.
constexpr std::int64_t steps_of_pair_block = 2 * steps_of_block;
// With fewer steps to a block, prefetching what the caller updates costs more time than it saves.
constexpr std::int64_t steps_worth_fetching = 16;

// Vectors of pairs; their sums are vectors of floats.
struct PairVector : FullVector {
  using Number = BfloatPair;
  using FullVector::load;
  MILLRACE_AVX512 MILLRACE_INLINE static Type broadcast(BfloatPair x) {
    return _mm512_castsi512_ps(_mm512_set1_epi32(static_cast<int>(x)));
  }
  MILLRACE_AVX512 MILLRACE_INLINE static Type load(const BfloatPair* from) {
    return _mm512_castsi512_ps(_mm512_loadu_si512(from));
  }
  MILLRACE_AVX512 MILLRACE_INLINE static Type load(__mmask16 mask, const BfloatPair* from) {
    return _mm512_castsi512_ps(_mm512_maskz_loadu_epi32(mask, from));
  }
  MILLRACE_AVX512 MILLRACE_INLINE static Type multiply_add(Type a, Type b, Type sum) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(b), reinterpret_cast<__m512bh>(a));
  }
};

// The columns of one panel, for some rows, with the sums over some steps.
template <class Numbers, int Count>
struct PairPanel {
  const PairProduct& p;
  IndexRange rows, steps;
  std::int64_t column;

  template <int Rows>
  MILLRACE_AVX512 __attribute__((noinline)) void block(std::int64_t row) const {
    const std::int64_t width = p.c_in_panels ? panel_width(p.columns, column) : p.c_stride;
    const __mmask16 last = p.c_in_panels ? all_lanes : lanes_of(std::min(panel_columns, p.columns - column));
    float* const c = p.c + (p.c_in_panels ? panel_offset(p.rows, p.columns, row, column) : row * p.c_stride + column);
    Sums<Rows, Count, PairVector> sums;
    if (steps.begin > 0 || p.accumulate)
      load(sums, c, width, last);
    else if (p.bias != nullptr)
      load(sums, p.bias + column, 0, last);
    else
      clear(sums);
    const BfloatPair* const a = p.a + row * p.a_row + steps.begin * p.a_step;
    constexpr bool apart = std::is_same_v<Numbers, RowsApart<PairVector>>;
    add_steps(sums, Numbers(a, apart ? p.a_row : p.a_step), {pairs(column), p.b_step, all_lanes}, steps.size(),
              next<Rows>(row));
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
MILLRACE_AVX512 void multiply_panel(const PairProduct& p, IndexRange rows, IndexRange steps, std::int64_t column) {
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
