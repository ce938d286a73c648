// SPDX-License-Identifier: Apache-2.0
//
// Every kernel gives the product, for sizes on both sides of the limits at which the choice of kernel changes.
#include "kernels/matmul.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/buffer.hpp"
#include "base/random.hpp"
#include "support/element_offset.hpp"
#include "support/expect_error.hpp"
#include "threads/kernel_thread.hpp"

namespace millrace {
namespace {

using test::element_offset;

struct Case {
  const char* what;
  std::int64_t m, k, n;
  Layout a, b;
  bool bias = false, accumulate = false, relu = false;
  bool gaps = true;  // after every row
};

const std::vector<Case> cases{
    {"forward of a tiny layer", 16, 25, 15, Layout::rows, Layout::rows, true, false, true},
    {"forward of a layer", 48, 130, 70, Layout::rows, Layout::rows, true, false, true},
    {"forward of many rows", 163, 20, 60, Layout::rows, Layout::rows, true, false, true},
    {"forward to one unit", 33, 47, 1, Layout::rows, Layout::rows, true},
    {"forward to one unit, few inputs", 5, 3, 1, Layout::rows, Layout::rows, true, false, true},
    {"forward to one unit, no bias", 16, 64, 1, Layout::rows, Layout::rows},
    {"backward of a tiny layer", 16, 15, 25, Layout::rows, Layout::transposed},
    {"backward of a layer", 48, 70, 130, Layout::rows, Layout::transposed},
    {"backward that adds", 16, 15, 25, Layout::rows, Layout::transposed, false, true},
    {"backward from one unit", 20, 1, 37, Layout::rows, Layout::transposed},
    {"gradient of a tiny layer", 25, 32, 15, Layout::transposed, Layout::rows},
    {"gradient of a small layer", 104, 32, 25, Layout::transposed, Layout::rows},
    {"gradient of a large layer", 160, 96, 200, Layout::transposed, Layout::rows},
    {"gradient of a larger layer", 136, 264, 280, Layout::transposed, Layout::rows},
    {"gradient of half-full lanes", 103, 64, 41, Layout::transposed, Layout::rows},
    {"forward of a layer of many columns", 15, 40, 131, Layout::rows, Layout::rows, true, false, true},
    {"forward to three units, dense rows", 17, 20, 3, Layout::rows, Layout::rows, true, false, true, false},
    {"gradient of two units, dense rows", 19, 32, 2, Layout::transposed, Layout::rows, false, false, false, false},
    {"gradient of a few units", 48, 129, 5, Layout::transposed, Layout::rows},
    {"gradient of eight units, dense rows", 17, 300, 8, Layout::transposed, Layout::rows, false, false, false, false},
    {"gradient of one unit", 100, 32, 1, Layout::transposed, Layout::rows},
};

void relu(float* values, std::int64_t count, float) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = std::max(0.0F, values[i]);
}

// The operands of a case, and the product in double.
struct Operands {
  explicit Operands(const Case& c, std::uint64_t seed) {
    spec.m = c.m;
    spec.k = c.k;
    spec.n = c.n;
    const bool gaps = c.gaps && c.n > 1;
    spec.a = {c.a, (c.a == Layout::rows ? c.k : c.m) + (gaps ? 3 : 0)};
    spec.b = {c.b, (c.b == Layout::rows ? c.n : c.k) + (gaps ? 5 : 0)};
    spec.c_stride = c.n + (gaps ? 7 : 0);
    spec.bias = c.bias;
    spec.accumulate = c.accumulate;
    if (c.relu) spec.activation = {.kind = Eltwise::Kind::relu, .in_place = relu};
    Random random(seed, RandomStream::noise, 0);
    const auto fill = [&](Buffer& buffer, std::int64_t floats) {
      buffer = Buffer(floats);
      for (std::int64_t i = 0; i < floats; ++i) buffer.data()[i] = static_cast<float>(random.uniform()) - 0.5F;
    };
    fill(a, (c.a == Layout::rows ? c.m : c.k) * spec.a.stride);
    fill(b, (c.b == Layout::rows ? c.k : c.n) * spec.b.stride);
    fill(bias, c.n);
    fill(before, c.m * spec.c_stride);
  }
  [[nodiscard]] double expected(std::int64_t row, std::int64_t column) const {
    double sum = spec.accumulate ? before.data()[row * spec.c_stride + column] : 0;
    if (spec.bias) sum += bias.data()[column];
    for (std::int64_t i = 0; i < spec.k; ++i) {
      sum += static_cast<double>(a[element_offset(spec.a, spec.m, spec.k, row, i)]) *
             static_cast<double>(b[element_offset(spec.b, spec.k, spec.n, i, column)]);
    }
    return spec.activation.kind == Eltwise::Kind::none ? sum : std::max(0.0, sum);
  }
  [[nodiscard]] Buffer result(const Matmul& product) const {
    Buffer c(spec.m * spec.c_stride), scratch(product.scratch_floats() + 1);
    std::copy_n(before.data(), c.size(), c.data());
    product.bind(a.data(), b.data(), spec.bias ? bias.data() : nullptr, c.data())(scratch.data());
    return c;
  }
  // The largest error of `product`. Floats between the rows of C must keep their values.
  [[nodiscard]] double error(const Matmul& product) const {
    const Buffer c = result(product);
    double largest = 0;
    for (std::int64_t r = 0; r < spec.m; ++r) {
      for (std::int64_t i = 0; i < spec.c_stride; ++i) {
        const double want = i < spec.n ? expected(r, i) : before.data()[r * spec.c_stride + i];
        largest = std::max(largest, std::abs(c.data()[r * spec.c_stride + i] - want));
      }
    }
    return largest;
  }
  MatmulSpec spec;
  Buffer a, b, bias, before;
};

TEST(Matmul, EveryChoiceGivesTheProduct) {
  const KernelThread thread;
  for (const Case& c : cases) {
    const Operands operands(c, 7);
    for (const KernelChoice choice :
         {KernelChoice::automatic, KernelChoice::onednn, KernelChoice::openblas, KernelChoice::portable}) {
      if (choice == KernelChoice::portable && kernel_vectors() == Vectors::other) continue;
      const Matmul product(operands.spec, choice);
      EXPECT_LT(operands.error(product), 1e-5) << c.what << " by " << product.implementation();
    }
  }
}

// The expected vectors come from the compiler's own detection of the processor, capped by the environment of the test.
TEST(Matmul, KernelsHaveTheVectorsOfTheProcessor) {
  const char* const variable = std::getenv("ONEDNN_MAX_CPU_ISA");
  const std::string cap = variable != nullptr ? variable : "";
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  Vectors expected = __builtin_cpu_supports("avx2") ? Vectors::avx2 : Vectors::other;
  if (avx512 && (cap.empty() || cap.starts_with("AVX512_CORE"))) expected = Vectors::avx512;
  if (cap == "SSE41" || cap == "AVX") expected = Vectors::other;
  EXPECT_EQ(kernel_vectors(), expected) << kernel_isa() << ", capped at '" << cap << "'";
}

TEST(Matmul, TheShapeChoosesTheKernel) {
  const auto kernel = [](const char* what) {
    const auto row =
        std::find_if(cases.begin(), cases.end(), [&](const Case& c) { return c.what == std::string(what); });
    return Matmul(Operands(*row, 7).spec, KernelChoice::automatic).implementation();
  };
  EXPECT_EQ(kernel("forward to one unit"), "column");
  const bool has_small = kernel_vectors() != Vectors::other;
  EXPECT_EQ(kernel("gradient of a tiny layer"), has_small ? "small" : "openblas");
  EXPECT_EQ(kernel("backward of a tiny layer"), has_small ? "small" : "openblas");
  EXPECT_NE(kernel("gradient of a larger layer"), "small");
  if (has_small) {
    EXPECT_EQ(kernel("forward of a tiny layer"), "small");
    EXPECT_EQ(kernel("gradient of one unit"), "small");
    EXPECT_EQ(kernel("backward from one unit"), "small");
  }
  // The bits of a prediction must not depend on the rows around it.
  EXPECT_NE(kernel("forward of a tiny layer"), "openblas");
  EXPECT_NE(kernel("forward of a layer"), "openblas");
}

// Inference relies on this: from four rows on for every product, and for fewer rows if rows_stand_alone().
TEST(Matmul, ForwardGivesARowTheSameBitsWhateverRowsAreAroundIt) {
  const KernelThread thread;
  std::vector<Case> forward;
  for (const Case& c : cases) {
    if (c.a == Layout::rows && c.b == Layout::rows) forward.push_back(c);
  }
  forward.push_back({"forward of a large layer", 48, 784, 512, Layout::rows, Layout::rows, true});
  for (const Case& c : forward) {
    const Operands operands(c, 11);
    const auto rows_from = [&](std::int64_t first, std::int64_t count) {
      MatmulSpec spec = operands.spec;
      spec.m = count;
      const Matmul product(spec, KernelChoice::automatic);
      Buffer result(count * spec.c_stride), scratch(product.scratch_floats() + 1);
      product.bind(operands.a.data() + first * spec.a.stride, operands.b.data(),
                   c.bias ? operands.bias.data() : nullptr, result.data())(scratch.data());
      return result;
    };
    const Buffer together = rows_from(0, c.m);
    const std::int64_t few = Matmul(operands.spec, KernelChoice::automatic).rows_stand_alone() ? 1 : 4;
    for (std::int64_t first = 0; first + few <= c.m; ++first) {
      const Buffer alone = rows_from(first, few);
      for (std::int64_t r = 0; r < few; ++r) {
        for (std::int64_t i = 0; i < c.n; ++i) {
          ASSERT_EQ(alone.data()[r * operands.spec.c_stride + i],
                    together.data()[(first + r) * operands.spec.c_stride + i])
              << c.what << ", row " << first + r;
        }
      }
    }
  }
}

// A and B rounded to bfloat16 numbers, and the product of these in double: forward reads weights in panels of pairs, the
// gradient two matrices in rows.
TEST(Matmul, OnednnMultipliesBfloat16Numbers) {
  if (!onednn_multiplies_pairs(KernelChoice::onednn)) return;
  const KernelThread thread;
  for (const Case& c : {Case{"forward", 48, 130, 70, Layout::rows, Layout::pair_panels, true},
                        Case{"forward of a few rows", 3, 78, 300, Layout::rows, Layout::pair_panels},
                        Case{"forward of whole panels", 64, 256, 256, Layout::rows, Layout::pair_panels, true},
                        Case{"gradient", 57, 129, 45, Layout::transposed, Layout::rows},
                        Case{"gradient of a tile", 128, 64, 256, Layout::transposed, Layout::rows}}) {
    const bool forward = c.a == Layout::rows;
    const MatmulSpec spec{.m = c.m,
                          .k = c.k,
                          .n = c.n,
                          .a = {c.a, forward ? c.k : c.m + 3},
                          .b = {c.b, forward ? 0 : c.n + 5},
                          .c_stride = c.n,
                          .bias = c.bias,
                          .precision = ProductPrecision::mixed_bfloat16};
    std::vector<std::uint16_t> a(forward ? c.m * c.k : c.k * (c.m + 3)),
        b(forward ? 2 * pair_panel_floats(c.k, c.n) : c.k * (c.n + 5));
    Buffer bias(c.n);
    Random random(7, RandomStream::noise, 0);
    const auto draw = [&] { return static_cast<float>(random.uniform()) - 0.5F; };
    const auto rounded = [&] { return bfloat16_bits(std::bit_cast<std::uint32_t>(draw())); };
    for (std::int64_t r = 0; r < c.m; ++r)
      for (std::int64_t i = 0; i < c.k; ++i) a[element_offset(spec.a, c.m, c.k, r, i)] = rounded();
    for (std::int64_t i = 0; i < c.k; ++i)
      for (std::int64_t u = 0; u < c.n; ++u) b[element_offset(spec.b, c.k, c.n, i, u)] = rounded();
    for (float& value : bias.span()) value = draw();
    const Matmul product(spec, KernelChoice::onednn);
    Buffer result(c.m * c.n), scratch(product.scratch_floats() + 1);
    product.bind(reinterpret_cast<const float*>(a.data()), reinterpret_cast<const float*>(b.data()),
                 c.bias ? bias.data() : nullptr, result.data())(scratch.data());
    const auto value = [](std::uint16_t bits) { return static_cast<double>(std::bit_cast<float>(bits << 16)); };
    for (std::int64_t r = 0; r < c.m; ++r) {
      for (std::int64_t u = 0; u < c.n; ++u) {
        double want = c.bias ? static_cast<double>(bias[u]) : 0;
        for (std::int64_t i = 0; i < c.k; ++i)
          want += value(a[element_offset(spec.a, c.m, c.k, r, i)]) * value(b[element_offset(spec.b, c.k, c.n, i, u)]);
        ASSERT_NEAR(result[r * c.n + u], want, 1e-5) << c.what << " by " << product.implementation();
      }
    }
  }
}

// oneDNN's kernels for weights in panels want rows without gaps; it has only a reference for others.
TEST(Matmul, AProductOfBfloat16NumbersWithoutAFastKernelIsRefused) {
  if (!onednn_multiplies_pairs(KernelChoice::onednn)) return;
  const MatmulSpec spec{.m = 16,
                        .k = 64,
                        .n = 64,
                        .a = {Layout::rows, 64},
                        .b = {Layout::pair_panels},
                        .c_stride = 80,
                        .precision = ProductPrecision::mixed_bfloat16};
  test::expect_error(ErrorKind::environment, {"[gemm] oneDNN", "no fast kernel", "expected gemm=auto"},
                     [&] { return Matmul(spec, KernelChoice::onednn); });
}

TEST(Matmul, AnotherPlaceOfAOrCIsForOneCallOnly) {
  const KernelThread thread;
  for (const KernelChoice choice : {KernelChoice::automatic, KernelChoice::onednn}) {
    const Operands operands(cases[1], 7);
    const Matmul product(operands.spec, choice);
    const Buffer want = operands.result(product);
    Buffer other_a(operands.a.size()), c(want.size()), other_c(want.size()), scratch(product.scratch_floats() + 1);
    const Matmul::Call call = product.bind(operands.a.data(), operands.b.data(), operands.bias.data(), c.data());
    call(scratch.data(), other_c.data(), other_a.data());
    EXPECT_FALSE(std::ranges::equal(other_c.span(), want.span()));
    std::copy_n(operands.before.data(), c.size(), c.data());
    call(scratch.data());
    EXPECT_TRUE(std::ranges::equal(c.span(), want.span())) << product.implementation();
  }
}

// Training on many cores relies on this: 113 columns are seven vectors and one column.
TEST(Matmul, PartsOfTheColumnsHaveTheBitsOfTheWhole) {
  const KernelThread thread;
  std::vector<Case> all = cases;
  all.push_back({"forward to 113 units", 20, 60, 113, Layout::rows, Layout::rows, true, false, true});
  all.push_back({"backward to 113 inputs", 20, 60, 113, Layout::rows, Layout::transposed});
  std::set<std::string> cut;
  for (const Case& c : all) {
    const Operands operands(c, 17);
    const Matmul product(operands.spec, KernelChoice::automatic);
    const Buffer whole = operands.result(product);
    Buffer parts(whole.size()), scratch(product.scratch_floats() + 1);
    std::copy_n(operands.before.data(), parts.size(), parts.data());
    const Matmul::Call call =
        product.bind(operands.a.data(), operands.b.data(), c.bias ? operands.bias.data() : nullptr, parts.data());
    if (!call.can_cut() || c.a == Layout::transposed) continue;
    cut.insert(c.what);
    for (std::int64_t column = 0; column < c.n; column += 16)
      call.columns({column, std::min(c.n, column + 16)}, scratch.data());
    for (std::int64_t i = 0; i < whole.size(); ++i) ASSERT_EQ(parts[i], whole[i]) << c.what << ", number " << i;
  }
  EXPECT_EQ(cut.contains("forward to 113 units"), kernel_vectors() != Vectors::other);
  EXPECT_EQ(cut.contains("backward to 113 inputs"), kernel_vectors() != Vectors::other);
}

// Calls of several threads overlap here. The serial build of OpenBLAS fails within milliseconds.
TEST(Matmul, SeveralThreadsCallOneProductAtTheSameTime) {
  const auto same = [](const Buffer& a, const Buffer& b) {
    return std::equal(a.data(), a.data() + a.size(), b.data());
  };
  for (const KernelChoice choice : {KernelChoice::onednn, KernelChoice::openblas}) {
    for (const Case& c : cases) {
      std::vector<std::thread> threads;
      std::atomic<int> wrong = 0;
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        threads.emplace_back([&, seed] {
          const KernelThread thread;
          const Operands operands(c, seed);
          const Matmul product(operands.spec, choice);
          const Buffer first = operands.result(product);
          for (int round = 0; round < 1000; ++round) wrong += same(operands.result(product), first) ? 0 : 1;
        });
      }
      for (std::thread& thread : threads) thread.join();
      EXPECT_EQ(wrong, 0) << c.what;
    }
  }
}

}  // namespace
}  // namespace millrace
