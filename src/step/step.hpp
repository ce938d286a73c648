// SPDX-License-Identifier: Apache-2.0
//
// One training step: the row phase, the weight phase, and the reduction where there are sliced tiles.
#pragma once

#include <span>
#include <vector>

#include "millrace/data.hpp"
#include "ops/metrics/metric_set.hpp"
#include "step/plan.hpp"
#include "step/profile.hpp"
#include "step/updater.hpp"
#include "threads/crew.hpp"

namespace millrace {

/// Where the rows of a batch come from.
struct BatchSource {
  MatrixView features, targets;
  const float* weights = nullptr;         ///< of rows in the loss, by table row, or null
  std::span<const std::int64_t> rows;     ///< table rows of this batch
  const float* metric_weights = nullptr;  ///< of rows in the metrics, likewise
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

/// What every shard leaves: the sum of its rows' losses, then those of the metrics. On cache lines of its own, or two
/// workers that write neighbouring sums would wait for each other.
class ShardSums {
 public:
  /// Grows once, for the largest plan.
  void reserve(std::size_t shards, std::int64_t metric_sums);
  [[nodiscard]] double* of(std::int64_t shard) { return lines_[shard * stride_].values; }
  [[nodiscard]] const double* of(std::int64_t shard) const { return lines_[shard * stride_].values; }

 private:
  struct alignas(64) Line {
    double values[8];
  };
  std::vector<Line> lines_;
  std::int64_t stride_ = 1;  // lines of a shard
};

/// Sums of the rows of a batch: one entry a shard, added in shard order, whoever computed them.
struct BatchSums {
  double loss = 0;     ///< weighted sum of row losses
  double weight = 0;   ///< what that is divided by (loss_divisor)
  double penalty = 0;  ///< regularisation terms, in addition to the mean
  /// The loss of the batch.
  [[nodiscard]] double mean() const { return (weight > 0 ? loss / weight : 0) + penalty; }
};

/// What the sum over rows of weight * row loss is divided by: Keras takes the number of rows, whatever they weigh,
/// PyTorch and scikit-learn the sum of their weights. weights: by table row, or null.
[[nodiscard]] double loss_divisor(Semantics semantics, const float* weights, std::span<const std::int64_t> rows);

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
  void gather(Plan& plan, const BatchSource& source, IndexRange rows) const;
  void loss_and_metrics(Plan& plan, const BatchSource& source, std::int64_t shard, IndexRange rows,
                        const MetricSink& sink);
  void gradient(Plan& plan, std::int64_t job, int worker, float* scratch, Profile* profile);
  void shard_gradients(Plan& plan, int node, std::int64_t shard, int worker, float* scratch, Profile* profile);
  void reduce(Plan& plan, std::int64_t job, int worker, float* scratch, Profile* profile);
  double take(int node, const GradientBlock& block, float* gradient);
  BatchSums add_up(const Plan& plan, std::span<double> metric_sums) const;

  const Network* network_;
  const Loss* loss_;
  Updater* updater_;
  MetricSet metrics_;
  double divisor_ = 1;  // of the batch's loss
  ShardSums shard_sums_;
  std::vector<double> job_penalties_;  // by job of the weight phase
};

}  // namespace millrace
