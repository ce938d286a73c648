// SPDX-License-Identifier: Apache-2.0
//
// The forward pass over whole tables: outputs, or loss and metrics. Chunks of rows go to whoever is free, each worker
// with a plan of its own; sums are added in chunk order.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "millrace/training.hpp"
#include "ops/metrics/metric_set.hpp"
#include "step/plan.hpp"
#include "step/step.hpp"
#include "threads/crew.hpp"

namespace millrace {

class Inference {
 public:
  /// loss may be null: then only predict() works.
  Inference(const Network& network, ParameterStore& store, const Loss* loss, MetricSet metrics);

  /// How many workers predict() has something to do for: one a chunk of rows, or several that share the weights of a
  /// single one.
  [[nodiscard]] std::int64_t useful_workers(std::int64_t rows);
  /// Features are what the network takes: already prepared.
  [[nodiscard]] Evaluation evaluate(Crew& crew, const Dataset& data);
  /// out: [rows x output width]. False where a feature is not finite: activations such as relu would make a number of
  /// NaN, some kernels so and some not.
  [[nodiscard]] bool predict(Crew& crew, const Dataset& data, Matrix& out);

 private:
  /// Calls use(plan, chunk, rows of the set) for the chunks [begin, end) of rows, after the forward pass.
  template <class Use>
  void for_each_chunk(Crew& crew, const Dataset& data, IndexRange chunks, const Use& use);
  /// Loss and metrics of the rows of a chunk, which have gone forward.
  void measure(Plan& plan, const Dataset& data, IndexRange rows, double* loss, double* metric_sums, KeptRows* kept);
  /// Whether a row alone has the bits that it has among others.
  [[nodiscard]] bool rows_stand_alone();
  /// Which size of chunks a table of so many rows is cut into.
  [[nodiscard]] std::size_t chunk_class(std::int64_t rows);
  [[nodiscard]] std::int64_t chunk_rows(std::int64_t rows);
  [[nodiscard]] std::int64_t chunks(std::int64_t rows);
  /// At least so many plans for chunks of so many rows.
  std::vector<std::unique_ptr<Plan>>& plans_of(std::size_t chunk_class, int workers);
  std::vector<std::unique_ptr<Plan>>& plans(std::int64_t rows, int workers);
  void first_layer(Plan& plan, const Dataset& data, IndexRange rows, float* scratch) const;
  void forward_together(Crew& crew, Plan& plan);
  /// What the summed loss over these rows is divided by.
  [[nodiscard]] double divisor_of(const Dataset& data) const;

  const Network* network_;
  ParameterStore* store_;
  const Loss* loss_;
  MetricSet metrics_;
  bool reads_table_;
  std::vector<std::vector<std::unique_ptr<Plan>>> plans_;  // by size of chunk, by worker
  Scratch scratch_;
  std::optional<bool> rows_stand_alone_;
};

}  // namespace millrace
