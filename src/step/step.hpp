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

/// Where the gradient of a slice is stored.
struct SliceGradient {
  float* values = nullptr;
  const GradientPlaces* places = nullptr;
  RowSums* rows = nullptr;  ///< of parameters with sparse updates
  std::int64_t slice = 0;   ///< number among those that this rank owns
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
  /// divisor: of the loss of the whole batch.
  void begin(Plan& plan, double divisor, Profile* profile);
  void pack(const Phases& phases, Plan& plan);
  /// Makes the store's rounded copies, if they are not current; once for all slices.
  void round(const Phases& phases, Plan& plan);
  /// A pass that is not coupled.
  void row_pass(const Phases& phases, Plan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
                const RowPass& pass);
  /// Runs some jobs of the weight phase, and then some reductions. Their gradients are stored, and nothing is updated.
  /// jobs.weights: numbers from 0 in plan.gradient_jobs(), then in plan.reduce_jobs(); jobs.reductions: in the latter.
  void gradients(const Phases& phases, Plan& plan, Scratch& scratch, const SliceGradient& to, const BucketJobs& jobs);
  /// The sums over the rows; adds those of the metrics to `metric_sums`.
  [[nodiscard]] BatchSums add_up(const Plan& plan, std::span<double> metric_sums) const;

 private:
  void row_phase(const Phases& phases, Plan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink);
  void weight_phase(const Phases& phases, Plan& plan, Scratch& scratch);
  void reduce_phase(const Phases& phases, Plan& plan, Scratch& scratch);

  // Jobs of the row phase.
  void forward(const Phases& phases, Plan& plan, const RowPass& pass, std::int64_t job, int worker, float* scratch);
  void backward(const Phases& phases, Plan& plan, const RowPass& pass, std::int64_t job, int worker, float* scratch);
  void part(const Phases& phases, Plan& plan, const RowPass& pass, std::int64_t job, int worker, float* scratch);
  void gather(Plan& plan, const BatchSource& source, IndexRange rows) const;
  void weigh_members(Plan& plan, const BatchSource& source, IndexRange rows) const;
  void loss_and_metrics(Plan& plan, const BatchSource& source, std::int64_t shard, const MetricSink& sink,
                        float* scratch);
  void shard_gradients(const Phases& phases, Plan& plan, int node, std::int64_t shard, int worker, float* scratch);
  // Jobs of the weight phase and of the reduction.
  void weight_job(const Phases& phases, Plan& plan, std::int64_t job, int worker, float* scratch);
  void gradient(const Phases& phases, Plan& plan, std::int64_t job, int worker, float* scratch);
  void reduce(const Phases& phases, Plan& plan, std::int64_t job, int worker, float* scratch);
  double take(int node, const GradientBlock& block, float* gradient);
  void store(int parameter, const GradientBlock& block, const float* gradient) const;

  const Network* network_;
  const Loss* loss_;
  Updater* updater_;
  MetricSet metrics_;
  bool checks_ = checks_phases;
  int cut_for_ = 0;
  double divisor_ = 1;                     // of the batch's loss
  const SliceGradient* stored_ = nullptr;  // where gradients go instead of to the updater
  ShardSums shard_sums_;
  std::vector<double> job_penalties_;  // by gradient job, then by reduction
};

}  // namespace millrace
