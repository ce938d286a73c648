// SPDX-License-Identifier: Apache-2.0
//
// How benchmarks come into the program: a file says what it adds, main() has it done.
//
//   const Group products([] {
//     add("product/onednn/64x64x64", [](benchmark::State& state) {
//       ...
//       if (answer_wanted()) expect_close("product", result, reference, 1e-5);
//       measure(state, [&] { call(); });
//       report_flops(state, 2.0 * 64 * 64 * 64);
//     });
//   });
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "harness/instructions.hpp"
#include "harness/repeats.hpp"

namespace millrace::bench {

using Body = std::function<void(benchmark::State&)>;

/// Adds a benchmark of wall time. Its body runs as a thread of the engine does (KernelThread); what it throws is its
/// error. Names are paths: subject/case/...
benchmark::internal::Benchmark* add(const std::string& name, Body body);
/// The same for a body that says itself how long an iteration took (State::SetIterationTime).
benchmark::internal::Benchmark* add_timed_by_itself(const std::string& name, Body body);

/// Whether a body has to compare its answer with the reference's: once, before it is timed.
[[nodiscard]] bool answer_wanted();

/// The loop of a benchmark, around `work()`.
template <class Work>
void measure(benchmark::State& state, const Work& work) {
  if (instructions::counted()) {
    work();  // what happens only once is not counted
    const instructions::Section section;
    for (std::int64_t i = 0; i < instructions::iterations(); ++i) work();
  }
  const int times = instructions::counted() ? 0 : repeats();
  for (auto _ : state) {
    for (int i = 0; i < times; ++i) work();
  }
}

/// Whether any benchmark had an error, in which case the program must not end as if it had measured.
[[nodiscard]] bool any_failed();

/// The benchmarks of a file.
class Group {
 public:
  explicit Group(void (*add_all)());
};
/// Adds those of all files.
void add_groups();

/// Threads that benchmarks are run with: one, and where there are more processors, all.
struct Threads {
  int count = 1;
  std::string name;  ///< "threads:1", "threads:all"
};
[[nodiscard]] const std::vector<Threads>& thread_counts();

/// Throws unless every |actual - expected| is at most `tolerance` times the largest of |expected| and 1e-3.
void expect_close(const std::string& what, std::span<const float> actual, std::span<const double> expected,
                  double tolerance);
void expect_close(const std::string& what, double actual, double expected, double tolerance);
/// Throws with `what` unless it holds.
void expect(bool holds, const std::string& what);

/// Per iteration: floating-point operations, bytes, rows.
void report_flops(benchmark::State& state, double operations);
void report_bytes(benchmark::State& state, double bytes);
void report_rows(benchmark::State& state, std::int64_t rows);

}  // namespace millrace::bench
