// SPDX-License-Identifier: Apache-2.0
#include "kernels/avx512_block.hpp"
#include "kernels/small_product.hpp"

namespace millrace {

namespace {

using namespace avx512;

// With one vector of columns, as many rows at a time share the loads of B: loads, not arithmetic, bound such a block.
constexpr int rows_of_one_vector = 16;

// The numbers of A that a step broadcasts, one of each row.
struct Column {
  const float* data;
  std::int64_t to_next_row;

  [[nodiscard]] MILLRACE_INLINE const float* row(int r) const { return data + r * to_next_row; }
};

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
    if (left <= lanes)
      one_vector<Rows>(row, column);
    else if (left <= 2 * lanes)
      columns<Rows, 2>(row, column, lanes_of(left));
    else
      columns<Rows, 3>(row, column, lanes_of(left));
  }

  // The last columns, at most one vector of them.
  template <int Rows>
  MILLRACE_AVX512 MILLRACE_INLINE void one_vector(std::int64_t row, std::int64_t column) const {
    const std::int64_t left = p.n - column;
    if (left <= HalfVector::lanes)
      columns<Rows, 1, HalfVector>(row, column, lanes_of(left));
    else
      columns<Rows, 1>(row, column, lanes_of(left));
  }

  template <int Rows, int Count, class Vector = FullVector>
  MILLRACE_AVX512 MILLRACE_INLINE void columns(std::int64_t row, std::int64_t column, __mmask16 last) const {
    Sums<Rows, Count, Vector> sums;
    if (p.start != nullptr && p.start_stride == 0)
      load_same(sums, p.start + column, last);
    else if (p.start != nullptr)
      load(sums, p.start + row * p.start_stride + column, p.start_stride, last);
    else
      clear(sums);
    Column a{p.a + row * p.a_row, p.a_row};
    const float* b = p.b + column;
    std::int64_t left = p.k;
    if (p.fetch_rows && column == 0) {
      // Prefetch the rows of the next block, one cache line of each at a time.
      for (; left >= lanes; left -= lanes) {
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) _mm_prefetch(a.row(Rows + r), _MM_HINT_T0);
        for (std::int64_t i = 0; i < lanes; ++i, a.data += p.a_step, b += p.b_stride) add_step(sums, a, 0, b, last);
      }
    }
    for (; left > 0; --left, a.data += p.a_step, b += p.b_stride) add_step(sums, a, 0, b, last);
    store(sums, p.c + row * p.c_stride + column, p.c_stride, last);
  }
};

}  // namespace

MILLRACE_AVX512 void multiply_small_avx512(const SmallProduct& p) {
  const SmallRows product{p};
  std::int64_t row = 0;
  for (; p.n <= lanes && row + rows_of_one_vector <= p.m; row += rows_of_one_vector)
    product.one_vector<rows_of_one_vector>(row, 0);
  for_each_block(row, p.m, product);
}

}  // namespace millrace
