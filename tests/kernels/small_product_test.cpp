// SPDX-License-Identifier: Apache-2.0
//
// Each kernel for small products, called directly: the choice of kernels would give this processor only one of them.
#include "kernels/small_product.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "kernels/processor.hpp"

namespace millrace {
namespace {

struct Kernel {
  const char* name;
  void (*multiply)(const SmallProduct&);
};

std::vector<Kernel> kernels() {
  std::vector<Kernel> usable;
  if (kernel_vectors() != Vectors::other) usable.push_back({"avx2", multiply_small_avx2});
  if (kernel_vectors() == Vectors::avx512) usable.push_back({"avx512", multiply_small_avx512});
  return usable;
}

std::vector<float> random_floats(std::int64_t count, std::uint64_t id) {
  Random random(11, RandomStream::noise, id);
  std::vector<float> values(count);
  for (float& value : values) value = random.uniform() - 0.5F;
  return values;
}

// A, in rows or transposed, times B on sizes around the kernels' blocks; floats between the rows of C must stay.
TEST(SmallProduct, EveryKernelGivesTheProduct) {
  for (const Kernel& kernel : kernels()) {
    for (const bool transposed : {false, true}) {
      for (const std::int64_t m : {1, 6, 9, 17, 35}) {
        for (const std::int64_t n : {1, 4, 7, 8, 9, 16, 33, 39}) {
          constexpr std::int64_t k = 13;
          const std::int64_t b_stride = n + 1, c_stride = n + 2;
          const std::vector<float> a = random_floats(m * k, 1), b = random_floats(k * b_stride, 2),
                                   bias = random_floats(n, 3);
          std::vector<float> c(m * c_stride, -9);
          SmallProduct product{.m = m, .k = k, .n = n, .a = a.data()};
          product.a_row = transposed ? 1 : k;
          product.a_step = transposed ? m : 1;
          product.b = b.data();
          product.b_stride = b_stride;
          product.start = bias.data();
          product.c = c.data();
          product.c_stride = c_stride;
          kernel.multiply(product);
          for (std::int64_t r = 0; r < m; ++r) {
            for (std::int64_t i = 0; i < c_stride; ++i) {
              double wanted = i < n ? bias[i] : -9;
              for (std::int64_t s = 0; s < k && i < n; ++s)
                wanted += static_cast<double>(a[r * product.a_row + s * product.a_step]) *
                          static_cast<double>(b[s * b_stride + i]);
              ASSERT_NEAR(c[r * c_stride + i], wanted, 1e-5)
                  << kernel.name << ", " << m << "x" << k << "x" << n << (transposed ? " of A transposed" : "")
                  << " at row " << r << ", column " << i;
            }
          }
        }
      }
    }
  }
}

// Both kernels add in the same order, so that portable bits may come from either. Sums go on where C stands.
TEST(SmallProduct, EveryKernelRoundsOnceAStepInTheSameOrder) {
  constexpr std::int64_t k = 9;
  for (const Kernel& kernel : kernels()) {
    for (const std::int64_t m : {1, 4, 8, 15, 31}) {
      for (const std::int64_t n : {1, 5, 8, 16, 24, 49}) {
        const std::vector<float> a = random_floats(m * k, 6), b = random_floats(k * n, 7),
                                 start = random_floats(m * n, 8);
        std::vector<float> c = start;
        SmallProduct product{.m = m, .k = k, .n = n, .a = a.data(), .a_row = k, .a_step = 1};
        product.b = b.data();
        product.b_stride = product.start_stride = product.c_stride = n;
        product.start = product.c = c.data();
        kernel.multiply(product);
        for (std::int64_t r = 0; r < m; ++r) {
          for (std::int64_t i = 0; i < n; ++i) {
            float wanted = start[r * n + i];
            for (std::int64_t s = 0; s < k; ++s) wanted = std::fma(a[r * k + s], b[s * n + i], wanted);
            ASSERT_EQ(c[r * n + i], wanted) << kernel.name << ", " << m << "x" << n << " at " << r << ", " << i;
          }
        }
      }
    }
  }
}

TEST(SmallProduct, GivesARowTheSameBitsWhateverRowsAreAroundIt) {
  constexpr std::int64_t m = 15, k = 20, n = 21;
  const std::vector<float> a = random_floats(m * k, 4), b = random_floats(k * n, 5);
  for (const Kernel& kernel : kernels()) {
    std::vector<float> together(m * n), alone(n);
    SmallProduct product{.m = m, .k = k, .n = n, .a = a.data(), .a_row = k, .a_step = 1};
    product.b = b.data();
    product.b_stride = n;
    product.c = together.data();
    product.c_stride = n;
    kernel.multiply(product);
    product.m = 1;
    product.c = alone.data();
    for (std::int64_t r = 0; r < m; ++r) {
      product.a = a.data() + r * k;
      kernel.multiply(product);
      for (std::int64_t i = 0; i < n; ++i)
        ASSERT_EQ(alone[i], together[r * n + i]) << kernel.name << ", row " << r << ", column " << i;
    }
  }
}

}  // namespace
}  // namespace millrace
