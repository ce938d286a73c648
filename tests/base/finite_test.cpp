// SPDX-License-Identifier: Apache-2.0
#include "base/finite.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace millrace {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

TEST(AllFinite, FindsOneBadNumberAtAnyPlace) {
  for (const std::int64_t count : {1, 15, 16, 100}) {
    std::vector<float> values(count, std::numeric_limits<float>::max());
    EXPECT_TRUE(all_finite(values.data(), count));
    for (std::int64_t i = 0; i < count; ++i) {
      for (const float bad : {nan, -nan, infinity, -infinity}) {
        const float before = std::exchange(values[i], bad);
        EXPECT_FALSE(all_finite(values.data(), count)) << bad << " at " << i << " of " << count;
        values[i] = before;
      }
    }
  }
  EXPECT_TRUE(all_finite(nullptr, 0));
}

TEST(FindNonFinite, GivesTheFirstPlaceAndSkipsPadding) {
  constexpr std::int64_t rows = 3, columns = 4, stride = 6;
  std::vector<float> values(rows * stride, 0.0F);
  values[columns] = nan;  // between the rows
  EXPECT_FALSE(find_non_finite(values.data(), rows, columns, stride));
  values[2 * stride] = infinity;
  values[1 * stride + 3] = nan;
  const std::optional<MatrixPlace> found = find_non_finite(values.data(), rows, columns, stride);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->row, 1);
  EXPECT_EQ(found->column, 3);
}

}  // namespace
}  // namespace millrace
