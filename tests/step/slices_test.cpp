// SPDX-License-Identifier: Apache-2.0
#include "step/slices.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"

namespace millrace {
namespace {

// Neighbours first, then neighbours of those.
float tree_of(std::vector<float> values) {
  for (std::size_t step = 1; step < values.size(); step *= 2)
    for (std::size_t i = 0; i + step < values.size(); i += 2 * step) values[i] += values[i + step];
  return values[0];
}

TEST(Slices, AreAddedAsATreeAndStayUnchanged) {
  Random random(3, RandomStream::noise);
  for (std::int64_t slices = 2; slices <= 33; ++slices) {
    for (const std::int64_t floats : {1, 17, 64, 65, 200}) {
      const std::int64_t stride = floats + 3;
      std::vector<float> all(slices * stride);
      for (float& value : all) value = static_cast<float>(random.normal());
      const std::vector<float> before = all;
      std::vector<float> sum(floats + 1, -1);
      add_slices(all.data(), slices, stride, sum.data(), floats);
      EXPECT_EQ(all, before);
      EXPECT_EQ(sum.back(), -1);
      for (std::int64_t i = 0; i < floats; ++i) {
        std::vector<float> column;
        for (std::int64_t s = 0; s < slices; ++s) column.push_back(all[s * stride + i]);
        ASSERT_EQ(sum[i], tree_of(column)) << slices << " slices, number " << i;
      }
    }
  }
}

}  // namespace
}  // namespace millrace
