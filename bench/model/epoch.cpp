// SPDX-License-Identifier: Apache-2.0
//
// Epochs of Model::fit(), with shuffling and the smaller last batch, without the preparation of plans and kernels.
#include <cmath>

#include "harness/benchmark.hpp"
#include "millrace/model.hpp"
#include "model/trained.hpp"

namespace millrace::bench {

namespace {

void epoch(benchmark::State& state, const std::string& name, std::int64_t epochs, int threads) {
  Trained trained(name);
  if (answer_wanted()) {
    const double guessing = std::log(2.0);
    trained.model.fit(trained.data, {.epochs = 2, .batch_size = trained.of.batch, .threads = threads});
    expect(trained.model.evaluate(trained.data).loss < guessing, "two epochs have taught nothing");
    trained.verify_predictions();
  }
  // Preparing the plan takes longer than an epoch of this size, so one call runs several epochs.
  for (auto _ : state) {
    const History history =
        trained.model.fit(trained.data, {.epochs = epochs, .batch_size = trained.of.batch, .threads = threads});
    state.SetIterationTime(history.seconds / static_cast<double>(epochs));
  }
  report_rows(state, trained.of.rows);
}

const Group epochs([] {
  for (const auto& [name, epochs_of_fit] : {std::pair<const char*, std::int64_t>{"classroom", 50}, {"tabular", 5}}) {
    for (const Threads& threads : thread_counts()) {
      const std::string workload = name;
      add_timed_by_itself("epoch/" + workload + "/" + threads.name,
                          [=, count = epochs_of_fit, &threads](benchmark::State& state) {
                            epoch(state, workload, count, threads.count);
                          });
    }
  }
});

}  // namespace

}  // namespace millrace::bench
