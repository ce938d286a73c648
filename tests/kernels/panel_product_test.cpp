// SPDX-License-Identifier: Apache-2.0
//
// The three products of weights in panels against sums in double, for sizes that fill blocks and sizes that do not. On
// a processor without AVX-512 no weights are stored in panels.
#include "kernels/panel_product.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/random.hpp"
#include "kernels/matmul.hpp"
#include "kernels/panels.hpp"
#include "threads/kernel_thread.hpp"

namespace millrace {
namespace {

bool has_kernels() { return weights_layout(1024, 1024, KernelChoice::automatic).layout == Layout::panels; }

TEST(Panels, AreUsedForLargeWeightsWithAvx512) {
  EXPECT_EQ(has_kernels(), kernel_vectors() == Vectors::avx512);
  EXPECT_EQ(weights_layout(64, 64, KernelChoice::automatic).layout, Layout::rows);
  EXPECT_EQ(weights_layout(100'000, 8, KernelChoice::automatic).layout, Layout::rows);
  EXPECT_EQ(weights_layout(1024, 1024, KernelChoice::onednn).layout, Layout::rows);
  EXPECT_EQ(weights_layout(1024, 1024, KernelChoice::openblas).layout, Layout::rows);
}

TEST(Panels, EveryElementHasItsOwnPlace) {
  for (const std::int64_t columns : {1, 16, 17, 32, 33, 49, 100}) {
    std::vector<int> taken(panel_floats(5, columns));
    for (std::int64_t r = 0; r < 5; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) ++taken.at(panel_offset(5, columns, r, c));
    }
    for (const int count : taken) EXPECT_LE(count, 1) << columns << " columns";
  }
}

// The operands of a layer, with the weights in panels. Gaps between rows hold a number that no product may read or
// write.
struct Operands {
  static constexpr float gap = 1e30F;

  Operands(std::int64_t some_rows, std::int64_t some_inputs, std::int64_t some_units)
      : rows(some_rows),
        inputs(some_inputs),
        units(some_units),
        x(rows * x_stride()),
        d(rows * d_stride()),
        weights(panel_floats(inputs, units)),
        bias(units) {
    Random random(3, RandomStream::noise);
    const auto draw = [&] { return static_cast<float>(random.uniform()) - 0.5F; };
    fill(x, inputs, x_stride(), draw);
    fill(d, units, d_stride(), draw);
    for (std::int64_t i = 0; i < inputs; ++i) {
      for (std::int64_t u = 0; u < units; ++u) weights[panel_offset(inputs, units, i, u)] = draw();
    }
    for (std::int64_t u = 0; u < units; ++u) bias[u] = draw();
  }
  template <class Draw>
  void fill(Buffer& buffer, std::int64_t columns, std::int64_t stride, const Draw& draw) const {
    for (std::int64_t at = 0; at < buffer.size(); ++at) buffer[at] = at % stride < columns ? draw() : gap;
  }
  [[nodiscard]] std::int64_t x_stride() const { return inputs + 3; }
  [[nodiscard]] std::int64_t d_stride() const { return units + 5; }
  [[nodiscard]] double w(std::int64_t input, std::int64_t unit) const {
    return static_cast<double>(weights[panel_offset(inputs, units, input, unit)]);
  }
  [[nodiscard]] Buffer forward(std::int64_t first, std::int64_t count, bool biased) const {
    const Matmul product({.m = count,
                          .k = inputs,
                          .n = units,
                          .a = {Layout::rows, x_stride()},
                          .b = {Layout::panels, 0},
                          .c_stride = d_stride(),
                          .bias = biased},
                         KernelChoice::automatic);
    EXPECT_EQ(product.implementation(), "panels");
    Buffer y(count * d_stride()), scratch(product.scratch_floats() + 1);
    fill(y, 0, d_stride(), [] { return 0.0F; });
    product.bind(x.data() + first * x_stride(), weights.data(), biased ? bias.data() : nullptr,
                 y.data())(scratch.data());
    return y;
  }
  [[nodiscard]] std::string text() const {
    return std::to_string(rows) + " rows, " + std::to_string(inputs) + "x" + std::to_string(units);
  }

  std::int64_t rows, inputs, units;
  Buffer x, d, weights, bias;
};

class PanelProduct : public ::testing::TestWithParam<std::array<std::int64_t, 3>> {
 protected:
  PanelProduct() : at_(GetParam()[0], GetParam()[1], GetParam()[2]) {}
  // Rounding of a sum of so many products below 1/4.
  [[nodiscard]] static double tolerance(std::int64_t terms) { return 1e-7 * static_cast<double>(terms + 8); }

  const KernelThread thread_;
  Operands at_;
};

TEST_P(PanelProduct, ForwardGivesTheProduct) {
  if (!has_kernels()) return;
  for (const bool biased : {false, true}) {
    const Buffer y = at_.forward(0, at_.rows, biased);
    for (std::int64_t r = 0; r < at_.rows; ++r) {
      for (std::int64_t u = 0; u < at_.d_stride(); ++u) {
        if (u >= at_.units) {
          ASSERT_EQ(y[r * at_.d_stride() + u], Operands::gap) << at_.text();
          continue;
        }
        double want = biased ? static_cast<double>(at_.bias[u]) : 0;
        for (std::int64_t i = 0; i < at_.inputs; ++i)
          want += static_cast<double>(at_.x[r * at_.x_stride() + i]) * at_.w(i, u);
        ASSERT_NEAR(y[r * at_.d_stride() + u], want, tolerance(at_.inputs))
            << at_.text() << ", row " << r << " unit " << u;
      }
    }
  }
}

TEST_P(PanelProduct, ForwardGivesARowTheSameBitsWhateverRowsAreAroundIt) {
  if (!has_kernels()) return;
  const Buffer together = at_.forward(0, at_.rows, true);
  for (std::int64_t first = 0; first < at_.rows; ++first) {
    for (const std::int64_t count : {1, 3}) {
      if (first + count > at_.rows) continue;
      const Buffer alone = at_.forward(first, count, true);
      for (std::int64_t i = 0; i < count * at_.d_stride(); ++i)
        ASSERT_EQ(alone[i], together[first * at_.d_stride() + i]) << at_.text() << ", row " << first;
    }
  }
}

TEST_P(PanelProduct, BackwardGivesTheProduct) {
  if (!has_kernels()) return;
  for (const bool accumulate : {false, true}) {
    const Matmul product({.m = at_.rows,
                          .k = at_.units,
                          .n = at_.inputs,
                          .a = {Layout::rows, at_.d_stride()},
                          .b = {Layout::transposed_panels, 0},
                          .c_stride = at_.x_stride(),
                          .accumulate = accumulate},
                         KernelChoice::automatic);
    Buffer dx(at_.rows * at_.x_stride()), scratch(product.scratch_floats());
    std::fill_n(scratch.data(), scratch.size(), std::numeric_limits<float>::quiet_NaN());
    at_.fill(dx, at_.inputs, at_.x_stride(), [] { return 0.25F; });
    product.bind(at_.d.data(), at_.weights.data(), nullptr, dx.data())(scratch.data());
    for (std::int64_t r = 0; r < at_.rows; ++r) {
      for (std::int64_t i = 0; i < at_.x_stride(); ++i) {
        if (i >= at_.inputs) {
          ASSERT_EQ(dx[r * at_.x_stride() + i], Operands::gap) << at_.text();
          continue;
        }
        double want = accumulate ? 0.25 : 0;
        for (std::int64_t u = 0; u < at_.units; ++u)
          want += static_cast<double>(at_.d[r * at_.d_stride() + u]) * at_.w(i, u);
        ASSERT_NEAR(dx[r * at_.x_stride() + i], want, tolerance(at_.units))
            << at_.text() << ", row " << r << " input " << i;
      }
    }
  }
}

TEST_P(PanelProduct, GradientGivesTheProductAndZeroPadding) {
  if (!has_kernels()) return;
  const Matmul product({.m = at_.inputs,
                        .k = at_.rows,
                        .n = at_.units,
                        .a = {Layout::transposed, at_.x_stride()},
                        .b = {Layout::rows, at_.d_stride()},
                        .c_in_panels = true},
                       KernelChoice::automatic);
  Buffer gradient(panel_floats(at_.inputs, at_.units)), scratch(product.scratch_floats() + 1);
  std::fill_n(gradient.data(), gradient.size(), Operands::gap);
  product.bind(at_.x.data(), at_.d.data(), nullptr, gradient.data(),
               {{at_.weights.data(), at_.inputs, 0}, {at_.weights.data(), at_.inputs, 0}})(scratch.data());
  for (std::int64_t i = 0; i < at_.inputs; ++i) {
    for (std::int64_t u = 0; u < at_.units; ++u) {
      double want = 0;
      for (std::int64_t r = 0; r < at_.rows; ++r)
        want += static_cast<double>(at_.x[r * at_.x_stride() + i]) * static_cast<double>(at_.d[r * at_.d_stride() + u]);
      ASSERT_NEAR(gradient[panel_offset(at_.inputs, at_.units, i, u)], want, tolerance(at_.rows))
          << at_.text() << ", input " << i << " unit " << u;
    }
    // The update also runs over the padding of the last panel, so that has to be 0.
    const std::int64_t last = (at_.units - 1) / panel_columns * panel_columns, width = panel_width(at_.units, last);
    for (std::int64_t u = at_.units; u < last + width; ++u)
      ASSERT_EQ(gradient[panel_offset(at_.inputs, at_.units, i, last) + u - last], 0.0F) << at_.text();
  }
}

// Rows: every number up to 8, which have blocks of their own, and numbers that fill groups of 128 or not. Inputs and
// units: numbers that fill the passes of 512 or not, some of them odd.
INSTANTIATE_TEST_SUITE_P(
    Sizes, PanelProduct,
    ::testing::Values(std::array<std::int64_t, 3>{1, 40, 32}, std::array<std::int64_t, 3>{1, 49, 19},
                      std::array<std::int64_t, 3>{2, 61, 530}, std::array<std::int64_t, 3>{3, 1, 33},
                      std::array<std::int64_t, 3>{4, 37, 97}, std::array<std::int64_t, 3>{6, 21, 130},
                      std::array<std::int64_t, 3>{7, 40, 31}, std::array<std::int64_t, 3>{8, 19, 65},
                      std::array<std::int64_t, 3>{9, 33, 20}, std::array<std::int64_t, 3>{132, 45, 83},
                      std::array<std::int64_t, 3>{5, 7, 48}, std::array<std::int64_t, 3>{16, 8, 64},
                      std::array<std::int64_t, 3>{37, 131, 100}, std::array<std::int64_t, 3>{32, 530, 41},
                      std::array<std::int64_t, 3>{64, 24, 545}, std::array<std::int64_t, 3>{131, 50, 50},
                      std::array<std::int64_t, 3>{1030, 15, 47}),
    [](const auto& size) {
      return std::to_string(size.param[0]) + "x" + std::to_string(size.param[1]) + "x" + std::to_string(size.param[2]);
    });

}  // namespace
}  // namespace millrace
