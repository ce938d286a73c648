// SPDX-License-Identifier: Apache-2.0
#include "kernels/bfloat16.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "base/vectorize.hpp"
#include "kernels/panels.hpp"

namespace millrace {
namespace {

std::uint32_t rounded(float value) { return bfloat16_bits(std::bit_cast<std::uint32_t>(value)); }
float value_of(std::uint32_t bits) { return std::bit_cast<float>(bits << 16); }

TEST(Bfloat16, RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(value_of(rounded(1.0F)), 1.0F);
  constexpr float step = 1.0F / 128;  // between neighbours from 1 to 2
  EXPECT_EQ(value_of(rounded(1 + step / 2)), 1.0F);
  EXPECT_EQ(value_of(rounded(1 + step / 2 * 1.001F)), 1 + step);
  EXPECT_EQ(value_of(rounded(1 + step * 1.5F)), 1 + 2 * step);
  EXPECT_EQ(value_of(rounded(-1 - step * 1.5F)), -1 - 2 * step);
  EXPECT_EQ(value_of(rounded(1 + step * 2.5F)), 1 + 2 * step);
  EXPECT_EQ(value_of(rounded(std::numeric_limits<float>::max())), std::numeric_limits<float>::infinity());
}

TEST(Bfloat16, TreatsSpecialNumbersAsTheInstructionDoes) {
  constexpr float infinity = std::numeric_limits<float>::infinity(), least = std::numeric_limits<float>::min();
  EXPECT_EQ(rounded(infinity), 0x7F80U);
  EXPECT_EQ(rounded(-infinity), 0xFF80U);
  EXPECT_EQ(rounded(0.0F), 0U);
  EXPECT_EQ(rounded(-0.0F), 0x8000U);
  EXPECT_EQ(value_of(rounded(least)), least);
  EXPECT_EQ(bfloat16_bits(0x007F'FFFF), 0U) << "the largest denormal number";
  EXPECT_EQ(bfloat16_bits(0x807F'FFFF), 0x8000U);
  // A NaN whose upper half alone would be an infinity.
  EXPECT_TRUE(std::isnan(value_of(bfloat16_bits(0x7F80'0001))));
  EXPECT_TRUE(std::isnan(value_of(bfloat16_bits(0xFFFF'FFFF))));
}

// All kernels of this processor.
std::vector<PairKernel> kernels() {
  if (pair_kernel() == PairKernel::bf16) return {PairKernel::avx2, PairKernel::bf16};
  return {pair_kernel()};
}

struct Matrix {
  Matrix(std::int64_t some_rows, std::int64_t some_columns, std::int64_t some_stride)
      : rows(some_rows), columns(some_columns), stride(some_stride), values(static_cast<std::size_t>(rows * stride)) {
    Random random(5, RandomStream::noise);
    // Usual numbers, and some of any bits: NaN, infinite, denormal.
    for (float& value : values) {
      value = static_cast<float>(random.normal());
      if (random.below(8) == 0) value = std::bit_cast<float>(static_cast<std::uint32_t>(random.below(1ULL << 32)));
      if (random.below(16) == 0) value = std::bit_cast<float>(static_cast<std::uint32_t>(random.below(1 << 23)));
      if (random.below(32) == 0)
        value = std::bit_cast<float>(0x7F80'0000U | static_cast<std::uint32_t>(random.below(1 << 23)));
    }
  }
  [[nodiscard]] std::uint32_t at(std::int64_t row, std::int64_t column) const {
    return row < rows && column < columns ? rounded(values[static_cast<std::size_t>(row * stride + column)]) : 0;
  }
  std::int64_t rows, columns, stride;
  std::vector<float> values;
};

TEST(Bfloat16, PairsNeighboursInRows) {
  for (const PairKernel kernel : kernels()) {
    for (const std::int64_t columns : {1, 2, 15, 16, 33, 47, 64, 100}) {
      const Matrix from(5, columns, columns + 3);
      const std::int64_t pairs = pair_count(columns);
      std::vector<std::uint32_t> to(static_cast<std::size_t>(5 * (pairs + 1)), 7U);
      pair_columns(from.values.data(), from.stride, 5, columns, to.data(), pairs + 1, kernel);
      for (std::int64_t r = 0; r < 5; ++r) {
        for (std::int64_t p = 0; p < pairs; ++p)
          ASSERT_EQ(to[r * (pairs + 1) + p], from.at(r, 2 * p) | from.at(r, 2 * p + 1) << 16)
              << name_of(kernel) << ", " << columns << " columns";
        EXPECT_EQ(to[r * (pairs + 1) + pairs], 7U) << "the gap between rows is not written";
      }
    }
  }
}

TEST(Bfloat16, PairsNeighboursInColumns) {
  for (const PairKernel kernel : kernels()) {
    for (const std::int64_t rows : {1, 2, 7, 8}) {
      for (const std::int64_t columns : {1, 16, 37, 64}) {
        const Matrix from(rows, columns, columns + 3);
        constexpr std::int64_t stride = 80;
        std::vector<std::uint32_t> to(static_cast<std::size_t>(pair_count(rows) * stride + 1), 7U);
        pair_rows(from.values.data(), from.stride, rows, columns, to.data(), stride, kernel);
        for (std::int64_t p = 0; p < pair_count(rows); ++p) {
          for (std::int64_t c = 0; c < stride; ++c)
            ASSERT_EQ(to[p * stride + c], from.at(2 * p, c) | from.at(2 * p + 1, c) << 16)
                << name_of(kernel) << ", " << rows << " rows, column " << c;
        }
        EXPECT_EQ(to.back(), 7U) << "nothing is written after the last pair";
      }
    }
  }
}

// Every weight of both copies, after the whole matrix was written and after parts of it were written again.
void compare_copies(std::int64_t inputs, std::int64_t units, PairKernel kernel) {
  const Matrix from(inputs, units, row_stride(units));
  Buffer in_panels(panel_floats(inputs, units));
  for (std::int64_t i = 0; i < inputs; ++i) {
    for (std::int64_t u = 0; u < units; ++u)
      in_panels[panel_offset(inputs, units, i, u)] = from.values[static_cast<std::size_t>(i * from.stride + u)];
  }
  for (const bool panels : {false, true}) {
    Buffer forward(pair_panel_floats(inputs, units)), backward(pair_panel_floats(units, inputs));
    const BfloatWeights to{reinterpret_cast<BfloatPair*>(forward.data()),
                           reinterpret_cast<BfloatPair*>(backward.data())};
    const MatrixLayout layout = panels ? MatrixLayout{Layout::panels, 0} : MatrixLayout{Layout::rows, from.stride};
    const float* const weights = panels ? in_panels.data() : from.values.data();
    round_weights(weights, layout, inputs, units, {0, inputs}, {0, units}, to, kernel);
    for (std::int64_t first = 0; first < inputs; first += 8) {
      const IndexRange some{first, std::min(inputs, first + 8)};
      for (std::int64_t unit = 0; unit < units; unit += 32)
        round_weights(weights, layout, inputs, units, some, {unit, std::min(units, unit + 32)}, to, kernel);
    }
    for (std::int64_t i = 0; i < round_up(inputs, 2); ++i) {
      for (std::int64_t u = 0; u < round_up(units, 32); ++u) {
        const std::uint32_t pair = to.forward[pair_panel_offset(inputs, u) + i / 2 * pair_panel_columns];
        ASSERT_EQ(i % 2 == 0 ? pair & 0xFFFF : pair >> 16, from.at(i, u)) << inputs << "x" << units;
      }
    }
    for (std::int64_t u = 0; u < round_up(units, 2); ++u) {
      for (std::int64_t i = 0; i < round_up(inputs, 32); ++i) {
        const std::uint32_t pair = to.backward[pair_panel_offset(units, i) + u / 2 * pair_panel_columns];
        ASSERT_EQ(u % 2 == 0 ? pair & 0xFFFF : pair >> 16, from.at(i, u)) << inputs << "x" << units;
      }
    }
  }
}

TEST(Bfloat16, RoundsWeightsOfAnyLayoutAndAnyPart) {
  for (const PairKernel kernel : kernels()) {
    for (const auto& [inputs, units] :
         {std::pair<std::int64_t, std::int64_t>{70, 49}, {33, 64}, {8, 130}, {64, 32}, {47, 45}})
      compare_copies(inputs, units, kernel);
  }
}

}  // namespace
}  // namespace millrace
