// SPDX-License-Identifier: Apache-2.0
//
// The backward product for few rows of the batch, which would leave most lanes of a vector empty. Here a vector holds
// the weights of one input for sixteen units, and is multiplied by the deltas of those units for each row. Whatever the
// number of rows, sixteen vectors of sums are in registers: for all rows and as many inputs as fit.
#include "kernels/panel_few_rows.hpp"

#include <algorithm>

#include "kernels/panel_steps.hpp"

namespace millrace::avx512 {

namespace {

constexpr int sums_at_once = 16;

// The masks select all lanes. Without a mask, g++ 12 warns about a value in its own header.
MILLRACE_AVX512 MILLRACE_INLINE __m512 low_pairs(__m512 a, __m512 b) {
  return _mm512_castpd_ps(
      _mm512_maskz_unpacklo_pd(static_cast<__mmask8>(-1), _mm512_castps_pd(a), _mm512_castps_pd(b)));
}
MILLRACE_AVX512 MILLRACE_INLINE __m512 high_pairs(__m512 a, __m512 b) {
  return _mm512_castpd_ps(
      _mm512_maskz_unpackhi_pd(static_cast<__mmask8>(-1), _mm512_castps_pd(a), _mm512_castps_pd(b)));
}
// Each adds neighbouring elements (pairs, quarters) of a and of b, and packs the halved results into one vector.
MILLRACE_AVX512 MILLRACE_INLINE __m512 add_elements(__m512 a, __m512 b) {
  return _mm512_maskz_unpacklo_ps(all_lanes, a, b) + _mm512_maskz_unpackhi_ps(all_lanes, a, b);
}
MILLRACE_AVX512 MILLRACE_INLINE __m512 add_pairs(__m512 a, __m512 b) { return low_pairs(a, b) + high_pairs(a, b); }
MILLRACE_AVX512 MILLRACE_INLINE __m512 add_quarters(__m512 a, __m512 b) {
  return _mm512_maskz_shuffle_f32x4(all_lanes, a, b, 0x88) + _mm512_maskz_shuffle_f32x4(all_lanes, a, b, 0xDD);
}

// Lane i of the result is the sum of the sixteen lanes of vectors[i].
MILLRACE_AVX512 MILLRACE_INLINE __m512 add_lanes(const __m512 (&vectors)[sums_at_once]) {
  __m512 quads[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m512* const v = vectors + 4 * i;
    quads[i] = add_pairs(add_elements(v[0], v[1]), add_elements(v[2], v[3]));
  }
  return add_quarters(add_quarters(quads[0], quads[1]), add_quarters(quads[2], quads[3]));
}

// The product of `Rows` rows of the batch with `Inputs` inputs. Rows is a power of two; the rows that are missing are
// 0.
template <int Rows, int Inputs>
struct FewRows {
  const PanelBackward& p;
  const float* deltas;  // [Rows x stride], 0 where a row or unit is missing
  std::int64_t stride;

  MILLRACE_AVX512 MILLRACE_INLINE void add_vector(__m512 (&sums)[sums_at_once], const float* weights,
                                                  std::int64_t width, const float* d) const {
    __m512 values[Inputs];
#pragma GCC unroll 16
    for (int i = 0; i < Inputs; ++i) values[i] = _mm512_loadu_ps(weights + i * width);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const __m512 delta = _mm512_loadu_ps(d + r * stride);
#pragma GCC unroll 16
      for (int i = 0; i < Inputs; ++i) sums[r * Inputs + i] = _mm512_fmadd_ps(values[i], delta, sums[r * Inputs + i]);
    }
  }

  MILLRACE_AVX512 MILLRACE_INLINE void block(std::int64_t input) const {
    __m512 sums[sums_at_once];
#pragma GCC unroll 16
    for (auto& sum : sums) sum = _mm512_setzero_ps();
    for (std::int64_t panel = 0; panel < p.units; panel += panel_columns) {
      const std::int64_t width = panel_width(p.units, panel);
      const float* const weights = p.weights + panel_offset(p.inputs, p.units, input, panel);
      // Prefetch the next rows of the same panel.
#pragma GCC unroll 16
      for (int i = 0; i < Inputs; ++i) fetch(weights + (Inputs + i) * width, Use::read);
      for (std::int64_t column = 0; column < width; column += lanes)
        add_vector(sums, weights + column, width, deltas + panel + column);
    }
    alignas(64) float results[sums_at_once];
    _mm512_store_ps(results, add_lanes(sums));
    for (std::int64_t r = 0; r < std::min<std::int64_t>(Rows, p.rows); ++r) {
      for (int i = 0; i < Inputs; ++i) {
        float& c = p.c[r * p.c_stride + input + i];
        c = p.accumulate ? c + results[r * Inputs + i] : results[r * Inputs + i];
      }
    }
  }
};

template <int Rows>
MILLRACE_AVX512 void multiply(const PanelBackward& p) {
  const std::int64_t stride = lanes_for(p.units);
  for (std::int64_t r = 0; r < Rows; ++r) {
    float* const to = p.scratch + r * stride;
    const std::int64_t units = r < p.rows ? p.units : 0;
    std::copy_n(p.d + (units > 0 ? r * p.d_stride : 0), units, to);
    std::fill_n(to + units, stride - units, 0.0F);
  }
  constexpr int at_once = sums_at_once / Rows;
  std::int64_t input = 0;
  for (const FewRows<Rows, at_once> some{p, p.scratch, stride}; input + at_once <= p.inputs; input += at_once)
    some.block(input);
  for (const FewRows<Rows, 1> one{p, p.scratch, stride}; input < p.inputs; ++input) one.block(input);
}

}  // namespace

void multiply_few_rows_transposed(const PanelBackward& p) {
  if (p.rows > 4) return multiply<8>(p);
  if (p.rows > 2) return multiply<4>(p);
  if (p.rows > 1) return multiply<2>(p);
  multiply<1>(p);
}

}  // namespace millrace::avx512
