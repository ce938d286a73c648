// SPDX-License-Identifier: Apache-2.0
#include "kernels/block_product.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "support/element_offset.hpp"

namespace millrace {
namespace {

using test::element_offset;

std::vector<float> random_floats(std::int64_t count, std::uint64_t id) {
  Random random(12, RandomStream::noise, id);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.uniform()) - 0.5F;
  return values;
}

struct Size {
  std::int64_t m, k, n;
};

struct Form {
  Layout a, b;
  bool bias, accumulate;
};

// One fused multiply-add for each step of k, in order.
float element(const MatmulSpec& spec, const std::vector<float>& a, const std::vector<float>& b, float sum,
              std::int64_t row, std::int64_t column) {
  for (std::int64_t i = 0; i < spec.k; ++i)
    sum = std::fma(a[element_offset(spec.a, spec.m, spec.k, row, i)],
                   b[element_offset(spec.b, spec.k, spec.n, i, column)], sum);
  return sum;
}

void expect_bits(const Size& size, const Form& form, SmallKernel kernel) {
  MatmulSpec spec{.m = size.m, .k = size.k, .n = size.n, .c_stride = size.n + 3};
  spec.a = {form.a, (form.a == Layout::rows ? size.k : size.m) + 2};
  spec.b = {form.b, (form.b == Layout::rows ? size.n : size.k) + 1};
  spec.bias = form.bias;
  spec.accumulate = form.accumulate;
  const std::vector<float> a = random_floats((form.a == Layout::rows ? size.m : size.k) * spec.a.stride, 1),
                           b = random_floats((form.b == Layout::rows ? size.k : size.n) * spec.b.stride, 2),
                           bias = random_floats(size.n, 3), before = random_floats(size.m * spec.c_stride, 4);
  std::vector<float> c = before, scratch(static_cast<std::size_t>(block_scratch(spec)));
  multiply_in_blocks({.spec = spec,
                      .a = a.data(),
                      .a_stride = spec.a.stride,
                      .b = b.data(),
                      .bias = form.bias ? bias.data() : nullptr,
                      .c = c.data(),
                      .scratch = scratch.data()},
                     kernel);
  for (std::int64_t r = 0; r < size.m; ++r) {
    for (std::int64_t i = 0; i < spec.c_stride; ++i) {
      const std::size_t at = static_cast<std::size_t>(r * spec.c_stride + i);
      float wanted = before[at];
      if (i < size.n) {
        const float sum = element(spec, a, b, form.bias ? bias[static_cast<std::size_t>(i)] : 0.0F, r, i);
        wanted = form.accumulate ? before[at] + sum : sum;
      }
      ASSERT_EQ(c[at], wanted) << size.m << "x" << size.k << "x" << size.n << " at row " << r << ", column " << i;
    }
  }
}

// Sizes on both sides of a block of 128 steps and 48 columns, and of the rows from which B is packed.
TEST(BlockProduct, AddsInOrderWithOneRoundingAStep) {
  std::vector<SmallKernel> kernels;
  if (kernel_vectors() != Vectors::other) kernels.push_back(multiply_small_avx2);
  if (kernel_vectors() == Vectors::avx512) kernels.push_back(multiply_small_avx512);
  for (SmallKernel const kernel : kernels) {
    for (const Size& size : {Size{1, 1, 1},
                             {1, 300, 100},
                             {5, 128, 48},
                             {15, 129, 49},
                             {16, 127, 47},
                             {33, 257, 97},
                             {20, 40, 1},
                             {17, 1, 60},
                             {64, 7, 130}}) {
      for (const Form& form : {Form{Layout::rows, Layout::rows, true, false},
                               {Layout::rows, Layout::transposed, false, false},
                               {Layout::rows, Layout::transposed, false, true},
                               {Layout::rows, Layout::rows, false, true},
                               {Layout::transposed, Layout::rows, false, false}})
        expect_bits(size, form, kernel);
    }
  }
}

}  // namespace
}  // namespace millrace
