// SPDX-License-Identifier: Apache-2.0
//
// Everything decided before the first step: buffers, shards, kernels, tiles. A pure function of the network, the batch
// size and the instruction set; the thread count is not an input, which is why it cannot change a bit of the result.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "network/network.hpp"
#include "ops/losses/loss.hpp"
#include "step/parameter_store.hpp"

namespace millrace {

struct PlanOptions {
  std::int64_t batch = 1;
  bool training = false;
  const StepPosition* position = nullptr;
};

/// One job before the row phase: see LayerKernel::pack().
struct PackJob {
  int node = 0;
  std::int64_t job = 0;
};

/// A tile's gradient over one slice of the batch: a job of the weight phase, or a part of the row phase's jobs.
struct GradientJob {
  int node = 0;
  std::int64_t tile = 0, slice = 0;
  float* partial = nullptr;  ///< where a sliced tile's partial gradient goes; null: worker's scratch, updated at once
};

/// One job of the reduction: some rows or panels of one block of a sliced tile. Slice s of their gradient lies at
/// partial + s * slice_stride.
struct ReduceJob {
  int node = 0;
  GradientBlock block;  ///< of the sum
  std::int64_t floats = 0;
  const float* partial = nullptr;
  std::int64_t slices = 1, slice_stride = 0;
  bool of_shards = false;  ///< the slices were made in the row phase
};

/// A part of the row phase that runs without a barrier: layers forward, then perhaps the loss, then layers backward.
/// One pass is the whole row phase, but for layers that couple rows: each has a pass of its own, by jobs over all rows.
struct RowPass {
  bool coupled = false;
  bool gather = false, loss = false;
  int forward_begin = 0, forward_end = 0;    ///< nodes, in this order
  int backward_begin = 0, backward_end = 0;  ///< nodes, in reverse order
};

class Plan {
 public:
  Plan(const Network& network, ParameterStore& store, const Loss* loss, const PlanOptions& options);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  [[nodiscard]] std::int64_t batch() const { return options_.batch; }
  [[nodiscard]] const std::vector<IndexRange>& shards() const { return shards_; }
  [[nodiscard]] int kernel_count() const { return static_cast<int>(kernels_.size()); }
  [[nodiscard]] LayerKernel& kernel(int node) { return *kernels_[node]; }
  [[nodiscard]] const std::vector<PackJob>& pack_jobs() const { return pack_jobs_; }
  [[nodiscard]] const std::vector<RowPass>& passes() const { return passes_; }
  [[nodiscard]] const std::vector<GradientJob>& gradient_jobs() const { return gradient_jobs_; }
  /// The gradients that the row phase makes right after backward() of node `node` for shard `shard`.
  [[nodiscard]] std::span<const GradientJob> shard_gradients(int node, std::int64_t shard) const {
    const auto& of_shards = shard_gradients_[node];
    const std::size_t tiles = of_shards.size() / shards_.size();
    return std::span(of_shards).subspan(shard * tiles, tiles);
  }
  /// Those of the partial gradients that shards made come first: they are ready before the weight phase.
  [[nodiscard]] const std::vector<ReduceJob>& reduce_jobs() const { return reduce_jobs_; }
  [[nodiscard]] std::int64_t reduce_jobs_of_shards() const { return reduce_jobs_of_shards_; }
  [[nodiscard]] const GradientTile& tile(const GradientJob& job) const { return kernels_[job.node]->tiles()[job.tile]; }
  /// Whether layer `node` passes a delta back: it or a layer before it has something to train.
  [[nodiscard]] bool trains(int node) const { return needs_delta_[network_->input_count() + node]; }

  /// The rows of the batch: inputs side by side [batch x input width], targets [batch x target width], weights [batch]
  /// in the loss and in the metrics.
  [[nodiscard]] Strided<float> features() { return {features_.data(), row_stride(network_->input_width())}; }
  [[nodiscard]] Strided<float> targets() { return {targets_.data(), target_width_}; }
  [[nodiscard]] float* weights() { return weights_.data(); }
  [[nodiscard]] float* metric_weights() { return weights_.data() + options_.batch; }
  [[nodiscard]] std::int64_t target_width() const { return target_width_; }

  /// What the last layer computed (logits where the loss takes over its activation) and its delta.
  [[nodiscard]] Strided<float> output() { return {values_.back().data, values_.back().stride}; }
  [[nodiscard]] Strided<float> output_delta() { return {values_.back().delta, values_.back().stride}; }
  [[nodiscard]] Strided<float> prediction() {
    return fused_ ? Strided<float>{prediction_.data(), values_.back().stride} : output();
  }
  [[nodiscard]] bool fused_loss() const { return fused_; }

  /// Floats of scratch memory that every worker needs: [kernels' scratch | one tile's gradient].
  [[nodiscard]] std::int64_t kernel_scratch() const { return kernel_scratch_; }
  [[nodiscard]] std::int64_t worker_scratch() const { return kernel_scratch_ + tile_floats_; }

  [[nodiscard]] std::int64_t bytes() const;
  /// Names the first buffer of the last step that holds a NaN or an infinity, in the order of computation.
  [[nodiscard]] std::string first_non_finite(const std::vector<std::string>& feature_names) const;
  /// Lines for `inspect --plan`.
  [[nodiscard]] std::string describe() const;

 private:
  void check_batch() const;
  void choose_shards();
  void find_deltas();
  void allocate_values(const Loss* loss);
  void prepare_kernels(const ParameterStore& store);
  void plan_row_phase();
  void plan_weight_phase();
  void plan_tile(int node, std::int64_t tile, float* partial);
  void plan_reduction(int node, const GradientTile& tile, float* partial);
  void plan_panel_reduction(int node, const GradientTile& tile, const GradientBlock& block, float* partial);
  void add_reduction(int node, const GradientTile& tile, const GradientBlock& block, std::int64_t floats,
                     const float* partial);

  const Network* network_;
  PlanOptions options_;
  std::vector<IndexRange> shards_;
  std::vector<char> needs_delta_;  // by value
  std::vector<ValueBuffers> values_;
  Buffer features_, targets_, weights_, activations_, deltas_, prediction_, partials_;
  std::int64_t target_width_ = 0;
  bool fused_ = false;
  std::vector<std::unique_ptr<LayerKernel>> kernels_;
  std::vector<PackJob> pack_jobs_;
  std::vector<RowPass> passes_;
  std::vector<GradientJob> gradient_jobs_;
  std::vector<std::vector<GradientJob>> shard_gradients_;  // by node: the tiles of shard 0, of shard 1, ...
  std::vector<ReduceJob> reduce_jobs_;
  std::int64_t reduce_jobs_of_shards_ = 0;
  std::int64_t kernel_scratch_ = 0, tile_floats_ = 0;
};

}  // namespace millrace
