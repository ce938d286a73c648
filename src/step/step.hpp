// SPDX-License-Identifier: Apache-2.0
//
// One training step: the row phase, the weight phase, and the reduction where there are sliced tiles.
#pragma once

#include <span>
#include <vector>

#include "base/crew.hpp"
#include "millrace/data.hpp"
#include "ops/metrics/metric_set.hpp"
#include "step/plan.hpp"
#include "step/profile.hpp"
#include "step/updater.hpp"

namespace millrace {

/// Where the rows of a batch come from.
struct BatchSource {
  MatrixView features, targets;
  const float* weights = nullptr;      ///< by table row, or null
  std::span<const std::int64_t> rows;  ///< table rows of this batch
};

/// Scratch memory, one part a worker: never state, only room.
class Scratch {
 public:
  void reserve(int workers, std::int64_t floats);
  [[nodiscard]] float* of(int worker) { return memory_.data() + worker * stride_; }

 private:
  Buffer memory_;
  std::int64_t stride_ = 0;
  int workers_ = 0;
};

/// Sums of the rows of a batch: one entry a shard, added in shard order, whoever computed them.
struct BatchSums {
  double loss = 0;     ///< weighted sum of row losses
  double penalty = 0;  ///< regularisation terms, already part of the mean loss
};

class Step {
 public:
  Step(const Network& network, const Loss& loss, Updater& updater, MetricSet metrics);

  /// Trains on one batch of plan.batch() rows; updater.begin_step() comes before. Allocates nothing. Metrics go
  /// into `sink`.
  BatchSums run(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
                Profile* profile);

 private:
  void row_phase(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
                 Profile* profile);
  void gather(Plan& plan, const BatchSource& source, RowRange rows) const;
  void loss_and_metrics(Plan& plan, std::int64_t shard, RowRange rows, bool weighted, const MetricSink& sink);
  void gradient(Plan& plan, std::int64_t job, float* scratch);
  void reduce(Plan& plan, std::int64_t job);
  double take(int node, const GradientBlock& block, float* gradient);
  BatchSums add_up(const Plan& plan, std::span<double> metric_sums) const;

  const Network* network_;
  const Loss* loss_;
  Updater* updater_;
  MetricSet metrics_;
  std::vector<double> shard_losses_, shard_metrics_, job_penalties_;  // by shard, by shard, by job of the weight phase
};

}  // namespace millrace
