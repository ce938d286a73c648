// SPDX-License-Identifier: Apache-2.0
//
// One training step: the row phase, the weight phase, and the reduction where there are sliced tiles.
#pragma once

#include <span>
#include <vector>

#include "base/crew.hpp"
#include "millrace/data.hpp"
#include "ops/metrics/metric.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "step/plan.hpp"
#include "step/profile.hpp"

namespace millrace {

/// Where the rows of a batch come from.
struct BatchSource {
  MatrixView features, targets;
  const float* weights = nullptr;        ///< by table row, or null
  std::span<const std::int64_t> rows;    ///< table rows of this batch
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
  double loss = 0;      ///< weighted sum of row losses
  double penalty = 0;   ///< regularisation terms, already part of the mean loss
};

class Step {
 public:
  Step(const Network& network, ParameterStore& store, const Loss& loss, const Optimizer& optimizer, std::span<const std::shared_ptr<const Metric>> metrics);

  /// Trains on one batch of plan.batch() rows. Allocates nothing. Adds to `metric_states` (one run of state a metric).
  BatchSums run(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, const StepConstants& constants, std::span<double> metric_states, Profile* profile);

 private:
  void gather(Plan& plan, const BatchSource& source, RowRange rows) const;
  void forward(Plan& plan, std::int64_t shard, float* scratch) const;
  void loss_and_metrics(Plan& plan, std::int64_t shard, RowRange rows, bool weighted);
  void backward(Plan& plan, std::int64_t shard, float* scratch) const;
  void gradient_and_update(Plan& plan, std::int64_t job, float* scratch, const StepConstants& constants);
  void reduce_and_update(Plan& plan, std::int64_t job, const StepConstants& constants);
  double update(int node, const GradientBlock& block, float* gradient, const StepConstants& constants);

  const Network* network_;
  ParameterStore* store_;
  const Loss* loss_;
  const Optimizer* optimizer_;
  std::vector<std::shared_ptr<const Metric>> metrics_;
  std::int64_t metric_floats_ = 0;
  std::vector<double> shard_losses_, shard_metrics_, job_penalties_;  // by shard, by shard, by job of the weight phase
  bool penalised_ = false;
};

}  // namespace millrace
