// SPDX-License-Identifier: Apache-2.0
//
// Runs the steps of one run: has the plans of its full and its smaller last batch and the workers, and times the steps.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>

#include "run/recent_median.hpp"
#include "run/thread_tuner.hpp"
#include "run/training_state.hpp"
#include "step/compiled_network.hpp"
#include "step/sliced_step.hpp"
#include "step/step.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// Into how many slices a run cuts its batches.
[[nodiscard]] inline std::int64_t slices_of(const FitOptions& options) {
  if (options.slices > 0) return options.slices;
  return options.cluster == nullptr ? 1 : options.cluster->size();
}

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
  /// Names the first value of the last step, on a batch of `rows` rows, that is not finite: Plan::first_non_finite(), of
  /// any rank of a cluster. All of them call it.
  [[nodiscard]] std::string first_non_finite(std::size_t rows, const std::vector<std::string>& feature_names);
  /// Whether the run shall stop: FitOptions::stop, of any rank of a cluster as of the end of the last step.
  [[nodiscard]] bool stop_requested() const;
  [[nodiscard]] Ranks& ranks() { return ranks_; }
  /// Every phase of later steps is checked for NaN and infinities, and the squares of the gradients of each parameter are
  /// added to `sums`; empty: no longer.
  void diagnose(std::span<double> sums);
  /// Sets the step time, threads, plan and profile of `history`.
  void report(History& history) const;

 private:
  [[nodiscard]] SlicedPlan& plan_for(std::size_t rows) {
    return static_cast<std::int64_t>(rows) == full_->batch() ? *full_ : *last_;
  }

  CompiledNetwork& compiled_;
  const std::int64_t batch_size_;
  const bool tunes_, profiles_;
  const std::atomic<bool>* stop_;
  Ranks ranks_;
  Crew crew_;
  StepPosition position_;
  std::unique_ptr<SlicedPlan> full_, last_;  // last_ is null if all batches are full
  Scratch scratch_;
  Step step_;                           // of whole batches
  std::unique_ptr<SlicedStep> sliced_;  // null: batches are whole
  RecentMedian times_;                  // of full batches
  ThreadTuner tuner_;
  Profile profile_;
};

}  // namespace millrace
