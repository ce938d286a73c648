// SPDX-License-Identifier: Apache-2.0
//
// What the versions of a loop compute is tested with loops of the library (column_product_test): these tests are
// compiled without the optimisation that fuses products and sums.
#include "base/vectorize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace millrace {
namespace {

MILLRACE_INLINE std::int64_t add(const float* a, float* sums, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sums[i] += a[i];
  return count;
}

TEST(Loops, RunTheVersionOfEverySetThatIsAllowed) {
  const LoopSet widest = loop_set();
  EXPECT_EQ(widest >= LoopSet::avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  const std::vector<float> a(37, 2);
  std::vector<float> sums(37, 1);
  float expected = 1;
  for (const LoopSet allowed : {LoopSet::baseline, LoopSet::avx2, LoopSet::avx512}) {
    limit_loops(allowed);
    EXPECT_EQ(loop_set(), std::min(allowed, widest));
    EXPECT_EQ(vectorized<add>(a.data(), sums.data(), 37), 37);
    expected += 2;
    EXPECT_EQ(sums, std::vector<float>(37, expected));
  }
  EXPECT_EQ(loop_set(), widest);
}

}  // namespace
}  // namespace millrace
