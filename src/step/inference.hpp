// SPDX-License-Identifier: Apache-2.0
//
// The forward pass over whole tables: outputs, or loss and metrics. Rows are cut into chunks, and each worker has its own
// plan. Sums are added in the order of the chunks, so the bits do not depend on the number of workers.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "millrace/training.hpp"
#include "prepare/preparation.hpp"
#include "step/objective.hpp"
#include "step/plan.hpp"
#include "step/ranks.hpp"
#include "step/step.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// Rows of a table and the preparation of their feature columns.
struct InferenceRows {
  const Dataset& data;
  const Preparation* preparation = nullptr;  ///< null: the features are prepared already
};

class Inference {
 public:
  /// Each call uses the current weights of `store`. objective may be null if evaluate() is not called.
  Inference(const Network& network, ParameterStore& store, const Objective* objective);

  /// The most workers that predict() can use for `rows` rows: one for each chunk, or with a single chunk those that can
  /// share each layer's weights.
  [[nodiscard]] std::int64_t useful_workers(std::int64_t rows);
  /// Throws Error{interrupted} if `stop` (may be null) was set before the last chunk.
  [[nodiscard]] Evaluation evaluate(Crew& crew, const InferenceRows& rows, const std::atomic<bool>* stop);
  /// The same for ranks, which share the chunks: each of them calls this with the same rows and gets the whole result.
  /// The bits do not depend on them. Null: this process has all chunks. Gives nothing if `stop` was set on any rank.
  [[nodiscard]] std::optional<Evaluation> evaluate_until(Crew& crew, const InferenceRows& rows,
                                                         const std::atomic<bool>* stop, Ranks* ranks);
  /// Writes the outputs to `out`, [rows x output width]. Returns false if a prepared feature is not finite; the outputs
  /// alone would not show it, because some kernels of relu turn NaN into a number. Throws as evaluate().
  [[nodiscard]] bool predict(Crew& crew, const InferenceRows& rows, Matrix& out, const std::atomic<bool>* stop);

 private:
  /// Calls use(plan, chunk, range of rows, finite) for the chunks [begin, end), after their forward pass. Returns whether
  /// it did so for all of them; once `stop` is set, the rest are left out.
  template <class Use>
  bool for_each_chunk(Crew& crew, const InferenceRows& rows, IndexRange chunks, const std::atomic<bool>* stop,
                      const Use& use);
  /// Loss and metrics of a chunk's rows after their forward pass.
  void measure(Plan& plan, const Dataset& data, IndexRange rows, double* loss, double* metric_sums, KeptRows* kept,
               float* scratch);
  /// Whether a single row gets the same bits as a row among others.
  [[nodiscard]] bool rows_stand_alone();
  /// Index into chunk_sizes for a table of `rows` rows.
  [[nodiscard]] std::size_t chunk_class(std::int64_t rows);
  [[nodiscard]] std::int64_t chunk_rows(std::int64_t rows);
  [[nodiscard]] std::int64_t chunks(std::int64_t rows);
  /// At least `workers` plans for chunks of this class.
  std::vector<std::unique_ptr<Plan>>& plans_of(std::size_t chunk_class, int workers);
  std::vector<std::unique_ptr<Plan>>& plans(std::int64_t rows, int workers);
  /// Writes the prepared rows into the plan. Returns whether they are finite.
  bool copy_features(Plan& plan, const InferenceRows& rows, IndexRange range) const;
  /// Computes the first layer. Returns whether the prepared rows are finite.
  bool first_layer(Plan& plan, const InferenceRows& rows, IndexRange range, float* scratch) const;
  void forward_together(Crew& crew, Plan& plan);
  void hold_out(Plan& plan, const Dataset& data, IndexRange rows) const;
  /// The divisor of the summed loss over these rows.
  [[nodiscard]] double divisor_of(const Dataset& data) const;

  const Network* network_;
  ParameterStore* store_;
  const Objective* objective_;
  bool reads_table_;
  std::vector<std::vector<std::unique_ptr<Plan>>> plans_;  // [chunk class][worker]
  Scratch scratch_;
  std::optional<bool> rows_stand_alone_;
};

}  // namespace millrace
