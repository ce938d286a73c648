// SPDX-License-Identifier: Apache-2.0
#include "harness/benchmark.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "threads/cpu_budget.hpp"
#include "threads/kernel_thread.hpp"

namespace millrace::bench {

namespace {

bool failed = false, first_call = true;

std::vector<void (*)()>& groups() {
  static std::vector<void (*)()> instance;
  return instance;
}

benchmark::internal::Benchmark* add_body(const std::string& name, Body body) {
  // Google Benchmark calls a body several times until it knows how many iterations the time allows.
  benchmark::internal::Benchmark* const benchmark = benchmark::RegisterBenchmark(
      name.c_str(), [body = std::move(body), called = std::make_shared<bool>(false)](benchmark::State& state) {
        first_call = !std::exchange(*called, true);
        const KernelThread kernel_thread;
        try {
          body(state);
        } catch (const std::exception& error) {
          state.SkipWithError(error.what());
        }
        failed = failed || state.error_occurred();
      });
  return instructions::counted() ? benchmark->Iterations(1) : benchmark;
}

}  // namespace

benchmark::internal::Benchmark* add(const std::string& name, Body body) {
  return add_body(name, std::move(body))->UseRealTime();
}

benchmark::internal::Benchmark* add_timed_by_itself(const std::string& name, Body body) {
  return add_body(name, std::move(body))->UseManualTime();
}

bool answer_wanted() { return first_call && !instructions::counted(); }
bool any_failed() { return failed; }

Group::Group(void (*add_all)()) { groups().push_back(add_all); }

void add_groups() {
  for (void (*const add_all)() : groups()) add_all();
}

const std::vector<Threads>& thread_counts() {
  static const std::vector<Threads> instance{{1, "threads:1"}, {cpu_budget().processors, "threads:all"}};
  return instance;
}

void expect_close(const std::string& what, std::span<const float> actual, std::span<const double> expected,
                  double tolerance) {
  expect(actual.size() == expected.size(), what + " has another size than expected");
  double largest = 1e-3;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    // Negated, so that NaN is refused too.
    if (!(std::abs(static_cast<double>(actual[i]) - expected[i]) <= tolerance * largest))
      throw std::runtime_error(what + ": number " + std::to_string(i) + " is " + std::to_string(actual[i]) +
                               ", expected " + std::to_string(expected[i]));
  }
}

void expect_close(const std::string& what, double actual, double expected, double tolerance) {
  expect(std::abs(actual - expected) <= tolerance * std::max(1e-3, std::abs(expected)),
         what + " is " + std::to_string(actual) + ", expected " + std::to_string(expected));
}

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

void report_flops(benchmark::State& state, double operations) {
  state.counters["GFLOP/s"] = benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}
void report_bytes(benchmark::State& state, double bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes * static_cast<double>(state.iterations())));
}
void report_rows(benchmark::State& state, std::int64_t rows) { state.SetItemsProcessed(state.iterations() * rows); }

}  // namespace millrace::bench
