// SPDX-License-Identifier: Apache-2.0
//
// Every kernel of products of pairs, bit for bit against the definition: with bias, accumulated, into rows and into
// panels, for sizes that fill blocks and sizes that do not.
#include "kernels/pair_product.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

#include "base/random.hpp"
#include "kernels/panels.hpp"
#include "kernels/processor.hpp"
#include "threads/kernel_thread.hpp"

namespace millrace {
namespace {

// All kernels of this processor but the plain one.
std::vector<PairKernel> kernels() {
  std::vector<PairKernel> result;
  if (pair_kernel() == PairKernel::bf16) result.push_back(PairKernel::bf16);
  if (kernel_vectors() != Vectors::other) result.push_back(PairKernel::avx2);
  return result;
}

struct Shape {
  std::int64_t rows, steps, columns;
};

// Numbers of every magnitude if `wild`: sums overflow, cancel and become denormal.
std::uint32_t draw(Random& random, bool wild) {
  const auto one = [&] {
    if (wild) return static_cast<std::uint32_t>(random.below(0x10000));
    return bfloat16_bits(std::bit_cast<std::uint32_t>(static_cast<float>(random.normal())));
  };
  const std::uint32_t first = one();
  return first | one() << 16;
}

class PairProducts : public ::testing::TestWithParam<Shape> {
 protected:
  // A in rows, or transposed as for gradients; B in panels, or in rows, from its column `first` on.
  void compare(bool transposed, bool wild, std::int64_t first = 0) {
    const auto [rows, steps, columns] = GetParam();
    const std::int64_t width = round_up(first + columns, pair_panel_columns), stride = columns + 3;
    Random random(11, RandomStream::noise);
    Buffer a(rows * steps), b(steps * width), bias(columns);
    for (float& pair : a.span()) pair = std::bit_cast<float>(draw(random, wild));
    for (std::int64_t step = 0; step < steps; ++step) {
      for (std::int64_t c = 0; c < width; ++c) {
        const std::int64_t at = transposed ? step * width + c
                                           : c / pair_panel_columns * steps * pair_panel_columns +
                                                 step * pair_panel_columns + c % pair_panel_columns;
        b[at] = std::bit_cast<float>(c < first + columns ? draw(random, wild) : 0U);
      }
    }
    for (float& value : bias.span()) value = static_cast<float>(random.normal());
    PairProduct product{.rows = rows, .steps = steps, .columns = columns};
    product.a = reinterpret_cast<const BfloatPair*>(a.data());
    product.a_row = transposed ? 1 : steps;
    product.a_step = transposed ? rows : 1;
    product.b = reinterpret_cast<const BfloatPair*>(b.data());
    product.b_panel = transposed ? pair_panel_columns : steps * pair_panel_columns;
    product.b_step = transposed ? width : pair_panel_columns;
    product.b_column = first;
    product.c_stride = stride;
    for (const bool panels : {false, true}) {
      for (const int start : {0, 1, 2}) {
        if (panels && start > 0) continue;
        product.c_in_panels = panels;
        product.bias = start == 1 ? bias.data() : nullptr;
        product.accumulate = start == 2;
        const Buffer want = result(product, PairKernel::fused);
        for (const PairKernel kernel : kernels()) {
          const Buffer have = result(product, kernel);
          for (std::int64_t i = 0; i < want.size(); ++i) {
            if (std::isnan(want[i]) && std::isnan(have[i])) continue;
            ASSERT_EQ(std::bit_cast<std::uint32_t>(have[i]), std::bit_cast<std::uint32_t>(want[i]))
                << rows << "x" << steps << "x" << columns << " " << name_of(kernel) << ", start " << start
                << (panels ? ", panels" : ", rows") << (transposed ? ", transposed" : "") << ", at " << i;
          }
        }
      }
    }
  }
  // Into memory that held other numbers, also in the gaps between rows.
  static Buffer result(PairProduct product, PairKernel kernel) {
    Buffer c(product.c_in_panels ? panel_floats(product.rows, product.columns) : product.rows * product.c_stride);
    for (std::int64_t i = 0; i < c.size(); ++i) c[i] = 0.25F * static_cast<float>(i % 7);
    product.c = c.data();
    multiply_pairs(product, kernel);
    return c;
  }
  const KernelThread thread_;
};

TEST_P(PairProducts, HaveTheBitsOfTheDefinition) {
  compare(false, false);
  compare(true, false);
}

TEST_P(PairProducts, HaveTheBitsOfTheDefinitionFromTheMiddleOfAPanelOn) {
  compare(false, false, 32);
  compare(true, false, 96);
}

TEST_P(PairProducts, HaveTheBitsOfTheDefinitionForNumbersOfAnyMagnitude) {
  compare(false, true);
  compare(true, true);
}

INSTANTIATE_TEST_SUITE_P(Kernels, PairProducts,
                         testing::Values(Shape{1, 1, 1}, Shape{2, 5, 16}, Shape{3, 8, 17}, Shape{5, 70, 31},
                                         Shape{7, 33, 32}, Shape{8, 64, 33}, Shape{16, 300, 48}, Shape{23, 260, 64},
                                         Shape{13, 24, 112}, Shape{14, 40, 190}, Shape{130, 20, 100},
                                         Shape{136, 520, 65}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.rows) + "x" + std::to_string(shape.param.steps) + "x" +
                                  std::to_string(shape.param.columns);
                         });

TEST(PairProduct, MatchesSumsInDouble) {
  const KernelThread thread;
  constexpr std::int64_t rows = 9, inputs = 301, units = 40;
  Random random(3, RandomStream::noise);
  Buffer x(rows * inputs), w(inputs * units), c(rows * units), pairs(rows * pair_count(inputs)),
      forward(pair_panel_floats(inputs, units)), backward(pair_panel_floats(units, inputs));
  for (Buffer* const buffer : {&x, &w}) {
    for (float& value : buffer->span()) value = static_cast<float>(random.normal());
  }
  auto* const a = reinterpret_cast<BfloatPair*>(pairs.data());
  const BfloatWeights weights{reinterpret_cast<BfloatPair*>(forward.data()),
                              reinterpret_cast<BfloatPair*>(backward.data())};
  pair_columns(x.data(), inputs, rows, inputs, a, pair_count(inputs), pair_kernel());
  round_weights(w.data(), {Layout::rows, units}, inputs, units, {0, inputs}, {0, units}, weights, pair_kernel());
  multiply_pairs({.rows = rows,
                  .steps = pair_count(inputs),
                  .columns = units,
                  .a = a,
                  .a_row = pair_count(inputs),
                  .b = weights.forward,
                  .b_panel = pair_panel_offset(inputs, pair_panel_columns),
                  .c = c.data(),
                  .c_stride = units},
                 pair_kernel());
  const auto near = [](float value) {
    return static_cast<double>(std::bit_cast<float>(bfloat16_bits(std::bit_cast<std::uint32_t>(value)) << 16));
  };
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t u = 0; u < units; ++u) {
      double want = 0;
      for (std::int64_t i = 0; i < inputs; ++i) want += near(x[r * inputs + i]) * near(w[i * units + u]);
      ASSERT_NEAR(c[r * units + u], want, 1e-4);
    }
  }
}

}  // namespace
}  // namespace millrace
