// SPDX-License-Identifier: Apache-2.0
#include "ops/axes.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace millrace {
namespace {

TEST(Axes, TransposesAMatrix) {
  const std::vector<float> matrix = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(permuted(Shape{2, 3}, {1, 0}), (Shape{3, 2}));
  EXPECT_EQ(permuted(matrix, {2, 3}, {1, 0}), (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST(Axes, EveryElementOfAKernelGoesToItsPlace) {
  const Shape shape{2, 3, 4, 5};  // height, width, inputs, outputs
  std::vector<float> kernel(120);
  std::iota(kernel.begin(), kernel.end(), 0.0F);
  const std::vector<float> result = permuted(kernel, shape, {3, 2, 0, 1});
  for (std::size_t h = 0; h < 2; ++h)
    for (std::size_t w = 0; w < 3; ++w)
      for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t o = 0; o < 5; ++o)
          EXPECT_EQ(result[((o * 4 + i) * 2 + h) * 3 + w], kernel[((h * 3 + w) * 4 + i) * 5 + o]);
}

TEST(Axes, TheInverseBringsEverythingBack) {
  const Axes axes{3, 2, 0, 1};
  const Shape shape{2, 3, 4, 5};
  std::vector<float> values(120);
  std::iota(values.begin(), values.end(), 0.0F);
  EXPECT_EQ(permuted(permuted(shape, axes), inverse(axes)), shape);
  EXPECT_EQ(permuted(permuted(values, shape, axes), permuted(shape, axes), inverse(axes)), values);
}

TEST(Axes, TensorsWithoutElementsOrAxesStayAsTheyAre) {
  EXPECT_TRUE(permuted(std::vector<float>{}, {0, 3}, {1, 0}).empty());
  EXPECT_EQ(permuted(std::vector<float>{7}, {}, {}), std::vector<float>{7});
}

}  // namespace
}  // namespace millrace
