// SPDX-License-Identifier: Apache-2.0
#include "kernels/avx512_block.hpp"
#include "kernels/small_product.hpp"

namespace millrace {

namespace {

using namespace avx512;

// The columns of C are computed in blocks of at most three vectors: three sums for each of eight rows, three vectors of
// B and one value of A use 28 of the 32 registers.
struct SmallRows {
  const SmallProduct& p;

  template <int Rows>
  MILLRACE_AVX512 MILLRACE_INLINE void block(std::int64_t row) const {
    std::int64_t column = 0;
    for (; column + 3 * lanes <= p.n; column += 3 * lanes) columns<Rows, 3>(row, column, all_lanes);
    const std::int64_t left = p.n - column;
    if (left == 0) return;
    const __mmask16 last = lanes_of(left);
    if (left <= lanes) {
      columns<Rows, 1>(row, column, last);
    } else if (left <= 2 * lanes) {
      columns<Rows, 2>(row, column, last);
    } else {
      columns<Rows, 3>(row, column, last);
    }
  }

  template <int Rows, int Count>
  MILLRACE_AVX512 MILLRACE_INLINE void columns(std::int64_t row, std::int64_t column, __mmask16 last) const {
    Sums<Rows, Count> sums;
    if (p.start != nullptr)
      load(sums, p.start + row * p.start_stride + column, p.start_stride, last);
    else
      clear(sums);
    const float* a = p.a + row * p.a_row;
    const float* b = p.b + column;
    std::int64_t left = p.k;
    if (p.fetch_rows && column == 0) {
      // Prefetch the rows of the next block, one cache line of each at a time.
      for (; left >= lanes; left -= lanes) {
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r) _mm_prefetch(a + (Rows + r) * p.a_row, _MM_HINT_T0);
        for (std::int64_t i = 0; i < lanes; ++i, a += p.a_step, b += p.b_stride) add_step(sums, a, p.a_row, b, last);
      }
    }
    for (; left > 0; --left, a += p.a_step, b += p.b_stride) add_step(sums, a, p.a_row, b, last);
    store(sums, p.c + row * p.c_stride + column, p.c_stride, last);
  }
};

}  // namespace

MILLRACE_AVX512 void multiply_small_avx512(const SmallProduct& p) { for_each_block(0, p.m, SmallRows{p}); }

}  // namespace millrace
