// SPDX-License-Identifier: Apache-2.0
//
// A prediction allocates only its result, except for the first of its kind in a thread.
#include <gtest/gtest.h>

#include <functional>

#include "millrace/model.hpp"
#include "resources/allocations.hpp"

namespace millrace::test {

namespace {

std::int64_t allocations_of(const std::function<void()>& work) {
  count_allocations(true);
  work();
  count_allocations(false);
  return allocations().own;
}

TEST(PredictionAllocation, IsOnlyTheResult) {
  std::vector<float> x(300 * 4);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 11) / 5 - 1;
  for (const bool standardized : {false, true}) {
    Model model{Dense{.units = 5, .activation = "tanh"}, Dense{.units = 3, .activation = "softmax"}};
    if (standardized) model.standardize(Dataset::view(x, 4));
    model.build(4);
    for (const std::int64_t rows : {1, 7, 300}) {
      const Dataset data = Dataset::view(std::span(x).first(static_cast<std::size_t>(rows * 4)), 4);
      const std::int64_t of_result = allocations_of([&] { const Matrix result(rows, 3); });
      for (const int threads : {1, 2}) {
        for (int warm = 0; warm < 3; ++warm) static_cast<void>(model.predict(data, threads));
        EXPECT_EQ(allocations_of([&] { static_cast<void>(model.predict(data, threads)); }), of_result)
            << rows << " rows, " << threads << " threads, standardized: " << standardized << ", first "
            << first_caller();
      }
    }
  }
}

}  // namespace

}  // namespace millrace::test
