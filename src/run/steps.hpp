// SPDX-License-Identifier: Apache-2.0
//
// The steps of one run: plans for its full batches and the smaller last one, the workers, and how long steps take.
#pragma once

#include <memory>
#include <optional>

#include "run/recent_median.hpp"
#include "run/state.hpp"
#include "run/thread_tuner.hpp"
#include "step/compiled_network.hpp"
#include "step/step.hpp"
#include "threads/crew.hpp"

namespace millrace {

class RunSteps {
 public:
  /// For `rows` rows in batches of `batch_size`.
  RunSteps(CompiledNetwork& compiled, std::int64_t rows, std::int64_t batch_size, const FitOptions& options);
  RunSteps(const RunSteps&) = delete;
  RunSteps& operator=(const RunSteps&) = delete;

  [[nodiscard]] Crew& crew() { return crew_; }
  /// Trains on the batch that comes after `at`, with a line search several times; inside crew().run(). Allocates
  /// nothing. Of `at` it changes what the search counts, and no more.
  BatchSums train(RunState& at, const BatchSource& batch, const MetricSink& sink, double learning_rate,
                  std::optional<double> momentum);
  /// That of batches of so many rows.
  [[nodiscard]] Plan& plan(std::size_t rows) {
    return static_cast<std::int64_t>(rows) == full_.batch() ? full_ : *last_;
  }
  /// What it knows of the run: threads, plans, times.
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
