// SPDX-License-Identifier: Apache-2.0
//
// Everything that is decided before the first step: shards, memory, kernels and job lists. A pure function of the
// network, the batch size and the instruction set. The number of threads is not an input, so it cannot change a bit of
// the result. Only the passes of the row phase are cut for the workers that there are (cut_for()).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "network/network.hpp"
#include "ops/losses/loss.hpp"
#include "step/batch_memory.hpp"
#include "step/parameter_store.hpp"
#include "step/row_jobs.hpp"
#include "step/step_speed.hpp"
#include "step/weight_jobs.hpp"

namespace millrace {

struct PlanOptions {
  std::int64_t batch = 1;  ///< rows
  /// Of a batch slice in training: its first row in the whole batch, and the rows of the whole batch; 0: `batch`.
  std::int64_t first_row = 0, whole_batch = 0;
  bool keeps_statistics = true;  ///< see LayerContext
  bool training = false;         ///< false: only outputs, in one shard
  const StepPosition* position = nullptr;
};

struct NonFiniteValue {
  int number = 0;    ///< of the value; the number of all values if the loss itself overflows
  std::string text;  ///< "the first is the output of dense_1, unit 3"
};

class Plan {
 public:
  /// loss: null if only outputs are computed. Throws Error{usage} if the batch is too large for any memory.
  Plan(const Network& network, ParameterStore& store, const Loss* loss, const PlanOptions& options);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  [[nodiscard]] std::int64_t batch() const { return options_.batch; }
  [[nodiscard]] const std::vector<IndexRange>& shards() const { return shards_; }
  [[nodiscard]] int kernel_count() const { return static_cast<int>(kernels_.size()); }
  [[nodiscard]] LayerKernel& kernel(int node) { return *kernels_[node]; }
  /// Whether layer `node` passes a delta back: it or a layer before it has something to train.
  [[nodiscard]] bool trains(int node) const { return memory_.needs_delta(network_->input_count() + node); }

  /// Cuts the row phase for this many workers, which changes no bit of the result. A plan begins cut for one.
  void cut_for(int workers);
  /// How many times as fast as one worker this many can be at most, by the jobs of a training step (step_speed.hpp).
  [[nodiscard]] StepSpeed most_speed(int workers) const;
  [[nodiscard]] const std::vector<PackJob>& pack_jobs() const { return row_jobs_.packs; }
  /// Jobs that make the store's rounded copies; not needed while those are current.
  [[nodiscard]] const std::vector<PackJob>& rounded_jobs() const { return row_jobs_.rounded; }
  [[nodiscard]] const std::vector<RowPass>& passes() const { return row_jobs_.passes; }
  /// The gradients that the row phase computes right after backward() of node `node` for shard `shard`.
  [[nodiscard]] std::span<const GradientJob> shard_gradients(int node, std::int64_t shard) const {
    const std::vector<GradientJob>& jobs = weight_jobs_.shard_gradients[node];
    const std::int64_t tiles = std::ssize(jobs) / std::ssize(shards_);
    return std::span(jobs).subspan(shard * tiles, tiles);
  }
  [[nodiscard]] const std::vector<GradientJob>& gradient_jobs() const { return weight_jobs_.gradients; }
  /// The first reduce_jobs_by_shard() of them can run in the weight phase: the row phase made their slices.
  [[nodiscard]] const std::vector<ReduceJob>& reduce_jobs() const { return weight_jobs_.reductions; }
  [[nodiscard]] std::int64_t reduce_jobs_by_shard() const { return weight_jobs_.reductions_by_shard; }

  [[nodiscard]] BatchMemory& memory() { return memory_; }
  [[nodiscard]] const BatchMemory& memory() const { return memory_; }
  /// Whether the outputs are the means of the predictions, which only the loss completes. The row phase leaves them out.
  [[nodiscard]] bool averages() const { return options_.training && network_->is_ensemble(); }
  /// Computes and returns these means, for a shard.
  StridedRows<float> average(std::int64_t shard, float* scratch);

  /// Floats of scratch memory that every worker needs: [scratch of kernels or metrics | the gradient of one tile].
  [[nodiscard]] std::int64_t kernel_scratch() const { return kernel_scratch_; }
  [[nodiscard]] std::int64_t worker_scratch() const { return kernel_scratch_ + weight_jobs_.tile_floats; }

  /// Of all buffers, without the workers' scratch.
  [[nodiscard]] std::int64_t bytes() const;
  /// The first value of the last step, in the order of computation, that holds a NaN or an infinity.
  [[nodiscard]] NonFiniteValue first_non_finite(const std::vector<std::string>& feature_names) const;
  /// Lines for `inspect --plan`.
  [[nodiscard]] std::string describe() const;

 private:
  void prepare_kernels(const ParameterStore& store, const Loss* loss);
  [[nodiscard]] std::span<const std::unique_ptr<LayerKernel>> row_kernels() const;

  const Network* network_;
  PlanOptions options_;
  std::vector<IndexRange> shards_;
  BatchMemory memory_;
  std::vector<std::unique_ptr<LayerKernel>> kernels_;  // by node
  std::int64_t kernel_scratch_ = 0;
  int workers_ = 0;
  RowJobs row_jobs_;
  WeightJobs weight_jobs_;
};

}  // namespace millrace
