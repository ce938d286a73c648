// SPDX-License-Identifier: Apache-2.0
//
// One work, and the same with 5 % more: a check of speed must tell them apart (bench/instructions/self_test.py).
#include <numeric>

#include "harness/benchmark.hpp"

namespace millrace::bench {

namespace {

void additions(benchmark::State& state, std::int64_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  const auto sum = [&] {
    double total = 0;
    for (const float value : values) total += static_cast<double>(value);
    return total;
  };
  if (answer_wanted()) {
    const auto n = static_cast<double>(count);
    expect_close("the sum", sum(), n * (n + 1) / 2, 1e-12);
  }
  measure(state, [&] { benchmark::DoNotOptimize(sum()); });
}

const Group planted([] {
  constexpr std::int64_t count = 20'000;
  add("planted/usual", [](benchmark::State& state) { additions(state, count); });
  add("planted/usual_again", [](benchmark::State& state) { additions(state, count); });
  add("planted/slower", [](benchmark::State& state) { additions(state, count + count / 20); });
});

}  // namespace

}  // namespace millrace::bench
