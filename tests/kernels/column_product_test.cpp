// SPDX-License-Identifier: Apache-2.0
#include "kernels/column_product.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "base/vectorize.hpp"

namespace millrace {
namespace {

std::vector<float> random_floats(std::int64_t count, std::uint64_t id) {
  Random random(7, RandomStream::noise, id);
  std::vector<float> values(count);
  for (float& value : values) value = random.uniform() - 0.5F;
  return values;
}

// Rows of 97 floats: most of them begin at an address that no vector is aligned at. After every row lies a NaN, which
// must not be read.
TEST(ColumnProduct, MultipliesUnalignedRows) {
  for (const std::int64_t rows : {1, 7, 8, 21}) {
    for (const std::int64_t count : {1, 7, 8, 97}) {
      const std::int64_t a_stride = count + 1, y_stride = 2;
      std::vector<float> a = random_floats(1 + rows * a_stride, 1), b = random_floats(1 + count, 2);
      std::vector<float> y(rows * y_stride, -1);
      for (std::int64_t r = 0; r < rows; ++r) a[1 + r * a_stride + count] = std::numeric_limits<float>::quiet_NaN();
      multiply_column(a.data() + 1, a_stride, b.data() + 1, rows, count, y.data(), y_stride);
      for (std::int64_t r = 0; r < rows; ++r) {
        double wanted = 0;
        for (std::int64_t i = 0; i < count; ++i)
          wanted += static_cast<double>(a[1 + r * a_stride + i]) * static_cast<double>(b[1 + i]);
        EXPECT_NEAR(y[r * y_stride], wanted, 1e-5) << rows << " rows of " << count << ", row " << r;
        EXPECT_EQ(y[r * y_stride + 1], -1) << "between the results";
      }
    }
  }
}

TEST(ColumnProduct, GivesARowTheSameBitsWhateverRowsAreAroundIt) {
  constexpr std::int64_t rows = 19, count = 45;
  const std::vector<float> a = random_floats(rows * count, 3), b = random_floats(count, 4);
  std::vector<float> together(rows);
  multiply_column(a.data(), count, b.data(), rows, count, together.data(), 1);
  for (std::int64_t r = 0; r < rows; ++r) {
    float alone = 0;
    multiply_column(a.data() + r * count, count, b.data(), 1, count, &alone, 1);
    EXPECT_EQ(alone, together[r]) << "row " << r;
  }
}

// The ninth product is added to the first, and its last bit is lost unless both are rounded together.
float first_and_ninth() {
  constexpr float x = 1 + 0x1p-12F;
  std::vector<float> a(16), b(16);
  a[0] = 1;
  b[0] = -1;
  a[8] = b[8] = x;
  float y = 0;
  multiply_column(a.data(), 16, b.data(), 1, 16, &y, 1);
  return y;
}

// Loops for AVX2 and AVX-512 fuse, as compilers like to; portable loops do not, whatever the set.
TEST(ColumnProduct, PortableLoopsRoundEveryProduct) {
  constexpr float rounded = 0x1p-11F;
  if (loop_set() == LoopSet::baseline) {
    EXPECT_EQ(first_and_ninth(), rounded);  // there is nothing to fuse with
    return;
  }
  for (const LoopSet allowed : {LoopSet::avx2, LoopSet::avx512}) {
    limit_loops(allowed);
    const float automatic = first_and_ninth();
#ifdef NDEBUG
    EXPECT_NE(automatic, rounded);
#endif
    {
      const PortableLoops portable(true);
      EXPECT_EQ(first_and_ninth(), rounded);
      {
        const PortableLoops inside(false);
        EXPECT_EQ(first_and_ninth(), automatic);
      }
      EXPECT_EQ(first_and_ninth(), rounded);
      std::thread([&] { EXPECT_EQ(first_and_ninth(), automatic); }).join();
    }
    EXPECT_EQ(first_and_ninth(), automatic);
  }
}

}  // namespace
}  // namespace millrace
