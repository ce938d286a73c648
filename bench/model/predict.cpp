// SPDX-License-Identifier: Apache-2.0
//
// Model::predict() for one row, as a server calls it, and for many rows.
#include "harness/benchmark.hpp"
#include "model/trained.hpp"

namespace millrace::bench {

namespace {

void predict(benchmark::State& state, const std::string& name, std::int64_t rows, int threads) {
  Trained trained(name);
  if (answer_wanted()) trained.verify_predictions();
  Matrix x(rows, trained.table.x.columns());
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(trained.table.x.row(r % trained.of.rows), x.columns(), x.row(r));
  const Dataset data = Dataset::view(x.values(), x.columns());
  measure(state, [&] { benchmark::DoNotOptimize(trained.model.predict(data, threads)); });
  report_rows(state, rows);
}

const Group predictions([] {
  for (const Workload& of : workloads()) {
    for (const std::int64_t rows : {1, 1000, 100'000}) {
      for (const Threads& threads : thread_counts())
        add("predict/" + of.name + "/" + std::to_string(rows) + "/" + threads.name,
            [name = of.name, rows, &threads](benchmark::State& state) { predict(state, name, rows, threads.count); });
    }
  }
});

}  // namespace

}  // namespace millrace::bench
