// SPDX-License-Identifier: Apache-2.0
//
// One training step: the row phase (forward, loss, backward), the weight phase (gradients, updates) and, if tiles are
// sliced, the reduction of their partial gradients.
#pragma once

#include <optional>
#include <vector>

#include "ops/metrics/metric_set.hpp"
#include "step/batch.hpp"
#include "step/bucket_jobs.hpp"
#include "step/phases.hpp"
#include "step/plan.hpp"
#include "step/row_sums.hpp"
#include "step/scratch.hpp"
#include "step/shard_sums.hpp"
#include "step/updater.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// Where the gradient of a batch slice is stored.
struct SliceGradient {
  float* values = nullptr;
  const GradientPlaces* places = nullptr;
  RowSums* rows = nullptr;  ///< of parameters with sparse updates
  std::int64_t slice = 0;   ///< number among those that this rank owns
};

/// What a step works on: a batch, or a batch slice.
struct StepRun {
  const Phases& phases;
  Plan& plan;
  Scratch& scratch;
  const BatchSource& source;
  const MetricSink& sink;
  double divisor = 1;                     ///< of the loss of the whole batch
  const SliceGradient* stored = nullptr;  ///< where gradients go instead of to the updater
};

class Step {
 public:
  Step(const Network& network, const Loss& loss, Updater& updater, MetricSet metrics);

  /// Trains on one batch of plan.batch() rows. Call updater.begin_step() first. Allocates nothing. Adds the sums of the
  /// metrics to `sink`. profile: null if nothing is measured. Debug builds check every phase (phase_check.hpp); release
  /// builds do after check_phases(true).
  BatchSums run(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
                Profile* profile);
  void check_phases(bool on) { checks_ = on; }
  /// Cuts the row phase for this many workers instead of those of the crew; 0: for the crew. For tests and benchmarks.
  void cut_for(int workers) { cut_for_ = workers; }

  // The parts of run() that every slice of a batch has (sliced_step.hpp), in their order.
  [[nodiscard]] std::optional<PhaseCheck> phase_check(Plan& plan) const;
  void begin(const StepRun& run);
  void pack(const StepRun& run);
  /// Makes the store's rounded copies, if they are not current; once for all slices.
  void round(const StepRun& run);
  void row_pass(const StepRun& run, const RowPass& pass);
  /// Runs some jobs of the weight phase, and then some reductions. Their gradients go to run.stored.
  /// jobs.weights: numbers from 0 in plan.gradient_jobs(), then in plan.reduce_jobs(); jobs.reductions: in the latter.
  void gradients(const StepRun& run, const BucketJobs& jobs);
  /// The sums over the rows, without their weight; adds those of the metrics to `metric_sums`.
  [[nodiscard]] BatchSums add_up(const Plan& plan, std::span<double> metric_sums) const;

 private:
  void weight_phase(const StepRun& run);
  void reduce_phase(const StepRun& run);

  // Jobs of the row phase.
  void forward(const StepRun& run, const RowPass& pass, std::int64_t job, int worker);
  void backward(const StepRun& run, const RowPass& pass, std::int64_t job, int worker);
  void part(const StepRun& run, const RowPass& pass, std::int64_t job, int worker);
  void gather(const StepRun& run, IndexRange rows) const;
  void weigh_members(BatchMemory& memory, const BatchSource& source, IndexRange rows) const;
  void loss_and_metrics(const StepRun& run, std::int64_t shard, int worker);
  void shard_gradients(const StepRun& run, int node, std::int64_t shard, int worker);
  // Jobs of the weight phase and of the reduction.
  void weight_job(const StepRun& run, std::int64_t job, int worker);
  void gradient(const StepRun& run, std::int64_t job, int worker);
  void reduce(const StepRun& run, std::int64_t job, int worker);
  double take(const StepRun& run, int node, const GradientBlock& block, float* gradient);
  void store(const SliceGradient& to, int parameter, const GradientBlock& block, const float* gradient) const;

  const Network* network_;
  const Loss* loss_;
  Updater* updater_;
  MetricSet metrics_;
  bool checks_ = checks_phases;
  int cut_for_ = 0;
  ShardSums shard_sums_;
  std::vector<double> job_penalties_;  // by gradient job, then by reduction
};

}  // namespace millrace
