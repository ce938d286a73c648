// SPDX-License-Identifier: Apache-2.0
#include "base/column_product.hpp"

#include "base/vectorize.hpp"

namespace millrace {

namespace {

constexpr std::int64_t lanes = 16;
using Lanes = float __attribute__((vector_size(lanes * sizeof(float)), aligned(4), may_alias));

}  // namespace

MILLRACE_VECTORIZED void multiply_column(const float* a, std::int64_t a_stride, const float* b, std::int64_t rows,
                                         std::int64_t count, float* y, std::int64_t y_stride) {
  for (std::int64_t r = 0; r < rows; ++r, a += a_stride) {
    Lanes sums = {};
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
      sums += *reinterpret_cast<const Lanes*>(a + i) * *reinterpret_cast<const Lanes*>(b + i);
    float rest = 0;
    for (; i < count; ++i) rest += a[i] * b[i];
    float eight[8], four[4];
    for (int lane = 0; lane < 8; ++lane) eight[lane] = sums[lane] + sums[lane + 8];
    for (int lane = 0; lane < 4; ++lane) four[lane] = eight[lane] + eight[lane + 4];
    y[r * y_stride] = ((four[0] + four[2]) + (four[1] + four[3])) + rest;
  }
}

}  // namespace millrace
