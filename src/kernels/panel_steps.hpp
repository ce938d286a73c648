// SPDX-License-Identifier: Apache-2.0
//
// The inner loop of the products of panels (panel_product.hpp). A block keeps its sums in registers; each step adds a
// broadcast number times a vector to them, and memory is prefetched along the way. Forward broadcasts activations and
// reads vectors of weights. Backward broadcasts weights and reads vectors of transposed deltas, whose lanes are rows of
// the batch. The gradient broadcasts activations and reads vectors of deltas. Only the sources of these products use
// it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/shape.hpp"
#include "kernels/avx512_block.hpp"
#include "kernels/panel_product.hpp"
#include "kernels/panels.hpp"

namespace millrace::avx512 {

/// After this many steps the sums of a block go to memory and the next block begins. All blocks then read the same 64
/// KiB at most again, and the second cache has room for the other operand as well.
inline constexpr std::int64_t steps_of_block = 512;
/// Rows of the batch that share one pass over the weights: their activations fit the second cache.
inline constexpr std::int64_t group_rows = 128;

[[nodiscard]] inline std::int64_t lanes_for(std::int64_t count) { return round_up(count, lanes); }

/// Memory to prefetch: panel rows (two cache lines each), `stride` apart. Memory that will be written is taken from the
/// other cores at once.
enum class Use { read, write };
struct Run {
  const float* at;
  std::int64_t stride, rows;
  Use use = Use::read;
};

inline constexpr std::int64_t steps_of_fetch = 4;

MILLRACE_INLINE void fetch(const float* at, Use use) {
  if (use == Use::write) {
    __builtin_prefetch(at, 1);
    __builtin_prefetch(at + cache_line_floats, 1);
  } else {
    _mm_prefetch(at, _MM_HINT_T1);
    _mm_prefetch(at + cache_line_floats, _MM_HINT_T1);
  }
}

struct Ahead {
  std::array<Run, most_updated_next + 2> runs{};
  std::size_t count = 0;
  std::int64_t rows = 0;  ///< of all runs

  MILLRACE_INLINE void add(const Run& run) {
    runs[count++] = run;
    rows += run.rows;
  }
};

/// Where a block reads its vectors.
template <class Vector>
struct Vectors {
  const typename Vector::Number* data;
  std::int64_t step_stride;
  __mmask16 last;  ///< the lanes of the last vector that may be read
};

template <int Rows, int Count, class Vector, class Numbers>
MILLRACE_AVX512 MILLRACE_INLINE void add_next(Sums<Rows, Count, Vector>& sums, Numbers& a, Vectors<Vector>& b) {
  add_step(sums, a, 0, b.data, b.last);
  a.move(1);
  b.data += b.step_stride;
}

/// Runs the steps from one prefetch to the next. They are unrolled if the rows of `a` are apart, and the vectors of
/// successive steps a constant distance; otherwise the compiler would keep a register for each.
template <int Rows, int Count, class Vector>
MILLRACE_AVX512 MILLRACE_INLINE void add_turn(Sums<Rows, Count, Vector>& sums, RowsApart<Vector>& a,
                                              Vectors<Vector>& b) {
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < steps_of_fetch; ++i) add_step(sums, a, i, b.data + i * b.step_stride, b.last);
  a.move(steps_of_fetch);
  b.data += steps_of_fetch * b.step_stride;
}
template <int Rows, int Count, class Vector>
MILLRACE_AVX512 MILLRACE_INLINE void add_turn(Sums<Rows, Count, Vector>& sums, RowsBeside<Vector>& a,
                                              Vectors<Vector>& b) {
#pragma GCC unroll 1
  for (std::int64_t i = 0; i < steps_of_fetch; ++i) add_next(sums, a, b);
}

/// Runs `steps` steps, and prefetches `ahead` along the way.
template <int Rows, int Count, class Vector, class Numbers>
MILLRACE_AVX512 MILLRACE_INLINE void add_steps(Sums<Rows, Count, Vector>& sums, Numbers a, Vectors<Vector> b,
                                               std::int64_t steps, const Ahead& ahead) {
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

}  // namespace millrace::avx512
