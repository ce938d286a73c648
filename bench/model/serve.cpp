// SPDX-License-Identifier: Apache-2.0
//
// One model served from several threads at once, each calling Model::predict() with threads = 1. Rows a second should
// grow with the callers: no lock is held while a prediction is computed.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "harness/benchmark.hpp"
#include "model/trained.hpp"

namespace millrace::bench {

namespace {

constexpr std::int64_t rows_of_caller = 2'000'000;

// Every caller predicts its rows in calls of `rows_of_call`. Seconds from when all are ready: they wait awake, or the
// system would need milliseconds to spread them over the processors.
double serve(const Model& model, const std::vector<Dataset>& calls, int callers, std::int64_t rows_of_call) {
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  std::vector<double> seconds(static_cast<std::size_t>(callers));
  for (int caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&, caller] {
      benchmark::DoNotOptimize(model.predict(calls[0], 1));  // makes the plans of this thread
      ++ready;
      while (ready < callers) {
      }
      const auto begin = std::chrono::steady_clock::now();
      for (std::int64_t row = 0, call = 0; row < rows_of_caller; row += rows_of_call, ++call)
        benchmark::DoNotOptimize(model.predict(calls[call % std::ssize(calls)], 1));
      seconds[caller] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return *std::ranges::max_element(seconds);
}

void serve(benchmark::State& state, const std::string& name, std::int64_t rows, int callers) {
  Trained trained(name);
  if (answer_wanted()) trained.verify_predictions();
  Matrix x(std::max(rows, trained.of.rows), trained.table.x.columns());
  for (std::int64_t r = 0; r < x.rows(); ++r)
    std::copy_n(trained.table.x.row(r % trained.of.rows), x.columns(), x.row(r));
  std::vector<Dataset> calls;
  for (std::int64_t row = 0; row + rows <= x.rows(); row += rows)
    calls.push_back(Dataset::view({x.row(row), static_cast<std::size_t>(rows * x.columns())}, x.columns()));
  for (auto _ : state) state.SetIterationTime(serve(trained.model, calls, callers, rows));
  report_rows(state, rows_of_caller * callers);
}

const Group served([] {
  for (const std::string name : {"classroom", "tabular"}) {
    for (const std::int64_t rows : {1, 1000, 100'000}) {
      for (const int callers : {1, 2})
        add_timed_by_itself("serve/" + name + "/" + std::to_string(rows) + "/callers:" + std::to_string(callers),
                            [name, rows, callers](benchmark::State& state) { serve(state, name, rows, callers); });
    }
  }
});

}  // namespace

}  // namespace millrace::bench
