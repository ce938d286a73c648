// SPDX-License-Identifier: Apache-2.0
//
// How a file adds benchmarks to the program:
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

/// Adds a benchmark of wall time. Its body runs as the engine's threads do (KernelThread); an exception is reported as
/// its error. Names are paths: subject/case/...
benchmark::internal::Benchmark* add(const std::string& name, Body body);
/// The same for a body that measures the time of an iteration itself (State::SetIterationTime).
benchmark::internal::Benchmark* add_timed_by_itself(const std::string& name, Body body);

/// Whether a body has to compare its answer with the reference: true once, before it is timed.
[[nodiscard]] bool answer_wanted();

/// Runs the loop of a benchmark around work().
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

/// Whether any benchmark had an error. The program then ends with an error too.
[[nodiscard]] bool any_failed();

/// The benchmarks of one file.
class Group {
 public:
  explicit Group(void (*add_all)());
};
/// Adds the benchmarks of all files.
void add_groups();

/// The numbers of threads to measure: one, and as many as there are processors.
struct Threads {
  int count = 1;
  std::string name;  ///< "threads:1", "threads:all"
};
[[nodiscard]] const std::vector<Threads>& thread_counts();

/// Throws unless every |actual - expected| is at most `tolerance` times the largest of |expected| and 1e-3.
void expect_close(const std::string& what, std::span<const float> actual, std::span<const double> expected,
                  double tolerance);
void expect_close(const std::string& what, double actual, double expected, double tolerance);
/// Throws `what` unless the condition holds.
void expect(bool holds, const std::string& what);

/// Per iteration: floating-point operations, bytes, rows.
void report_flops(benchmark::State& state, double operations);
void report_bytes(benchmark::State& state, double bytes);
void report_rows(benchmark::State& state, std::int64_t rows);

}  // namespace millrace::bench
