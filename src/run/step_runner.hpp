// SPDX-License-Identifier: Apache-2.0
//
// Runs the steps of one run: has the plans of its full and its smaller last batch and the workers, and times the steps.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "run/recent_median.hpp"
#include "run/thread_tuner.hpp"
#include "run/training_state.hpp"
#include "step/compiled_network.hpp"
#include "step/step.hpp"
#include "threads/crew.hpp"

namespace millrace {

class StepRunner {
 public:
  /// For `rows` training rows in batches of `batch_size`.
  StepRunner(CompiledNetwork& compiled, std::int64_t rows, std::int64_t batch_size, const FitOptions& options);
  StepRunner(const StepRunner&) = delete;
  StepRunner& operator=(const StepRunner&) = delete;

  [[nodiscard]] Crew& crew() { return crew_; }
  /// Trains on one batch, the step after `at`; L-BFGS evaluates it several times. Must run inside crew().run().
  /// Allocates nothing. Of `at` it changes only curvature_pairs.
  BatchSums train(TrainingState& at, const BatchSource& batch, const MetricSink& sink, double learning_rate,
                  std::optional<double> momentum);
  /// The plan for batches of `rows` rows: a full batch, or the last one.
  [[nodiscard]] Plan& plan(std::size_t rows) {
    return static_cast<std::int64_t>(rows) == full_.batch() ? full_ : *last_;
  }
  /// Every phase of later steps is checked for NaN and infinities, and the squares of the gradients of each parameter are
  /// added to `sums`; empty: no longer.
  void diagnose(std::span<double> sums);
  /// Sets the step time, threads, plan and profile of `history`.
  void report(History& history) const;

 private:
  CompiledNetwork& compiled_;
  const bool tunes_, profiles_;
  Crew crew_;
  StepPosition position_;
  Plan full_;
  std::unique_ptr<Plan> last_;  // null: all batches are full
  Scratch scratch_;
  Step step_;
  RecentMedian times_;  // of full batches
  ThreadTuner tuner_;
  Profile profile_;
};

}  // namespace millrace
