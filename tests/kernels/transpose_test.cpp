// SPDX-License-Identifier: Apache-2.0
#include "kernels/transpose.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

// Every element once, for sizes on both sides of the squares of 8, with rows that begin at any float.
TEST(Transpose, MovesEveryElementOfUnalignedRows) {
  for (const std::int64_t rows : {1, 8, 17, 40}) {
    for (const std::int64_t columns : {1, 8, 13, 97}) {
      const std::int64_t from_stride = columns + 1, to_stride = rows + 3;
      std::vector<float> from(rows * from_stride + 1), to(columns * to_stride + 1, -1);
      for (std::int64_t i = 0; i < std::ssize(from); ++i) from[i] = static_cast<float>(i);
      float* const first = to.data() + 1;
      transpose(from.data() + 1, from_stride, {0, rows}, columns, first, to_stride);
      EXPECT_EQ(to[0], -1);
      for (std::int64_t c = 0; c < columns; ++c) {
        for (std::int64_t r = 0; r < to_stride; ++r) {
          const float wanted = r < rows ? static_cast<float>(1 + r * from_stride + c) : -1;
          ASSERT_EQ(first[c * to_stride + r], wanted) << rows << "x" << columns << " at row " << r << ", column " << c;
        }
      }
    }
  }
}

TEST(Transpose, LeavesRowsOutsideTheRangeAlone) {
  constexpr std::int64_t rows = 24, columns = 9;
  std::vector<float> from(rows * columns, 1), to(rows * columns, -1);
  transpose(from.data(), columns, {5, 14}, columns, to.data(), rows);
  for (std::int64_t c = 0; c < columns; ++c)
    for (std::int64_t r = 0; r < rows; ++r) ASSERT_EQ(to[c * rows + r], r >= 5 && r < 14 ? 1 : -1) << r << ", " << c;
}

}  // namespace
}  // namespace millrace
