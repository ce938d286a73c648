// SPDX-License-Identifier: Apache-2.0
//
// The memory of one batch: its rows, the output of every layer with its delta, and what the loss reads and writes.
// Allocated once per plan; a step allocates nothing.
#pragma once

#include <vector>

#include "base/buffer.hpp"
#include "network/network.hpp"
#include "ops/losses/loss.hpp"

namespace millrace {

/// Whether the loss of an output computes its activation itself: the output ends in the loss's fused_activation(), and no
/// other layer reads it. own: null if the output has no loss.
[[nodiscard]] bool takes_activation(const Loss* own, const Network& network, const NetworkOutput& output);

/// For each value of the network, whether a loss of a training depends on it. loss: null if all outputs count.
[[nodiscard]] std::vector<char> judged_values(const Network& network, const Loss* loss);

class BatchMemory {
 public:
  /// loss: null if only outputs are computed. training: deltas are kept of the values that need one.
  BatchMemory(const Network& network, const Loss* loss, std::int64_t batch, bool training);

  /// The inputs of the network in their order, then the output of every node, each [batch x width].
  [[nodiscard]] const std::vector<ValueBuffers>& values() const { return values_; }
  /// Whether value number `value` has a delta: a layer at or before it has something to train, and a loss depends on it.
  [[nodiscard]] bool needs_delta(int value) const { return needs_delta_[value] != 0; }
  /// What the loss judges: the network's trained outputs in training, else its outputs.
  [[nodiscard]] const std::vector<NetworkOutput>& judged() const { return *judged_; }
  /// Whether the loss takes over the activation of judged output number `output`. Its layer then ends with logits.
  [[nodiscard]] bool fused(std::size_t output) const { return fused_[output] != 0; }
  /// Of any judged output.
  [[nodiscard]] bool fused_loss() const { return prediction_.size() > 0; }

  /// The rows of the batch: inputs side by side [batch x input width], targets [batch x target width], and the weights
  /// of the rows [batch] in the loss and in the metrics.
  [[nodiscard]] StridedRows<float> features() { return {features_.data(), feature_stride_}; }
  [[nodiscard]] StridedRows<float> targets() { return {targets_.data(), target_width_}; }
  [[nodiscard]] std::int64_t target_width() const { return target_width_; }
  [[nodiscard]] float* weights() { return row_weights_.data(); }
  [[nodiscard]] float* metric_weights() { return row_weights_.data() + batch_; }
  /// [judged outputs x batch], for rows that a member of an ensemble does not learn from.
  [[nodiscard]] StridedRows<float> member_weights() { return {row_weights_.data() + 2 * batch_, batch_}; }
  /// All judged outputs side by side, and their deltas. If the loss takes over an activation (fused_loss()), the output
  /// holds logits there and the loss writes all predictions; otherwise output and prediction are the same memory.
  [[nodiscard]] StridedRows<float> output() { return output_; }
  [[nodiscard]] StridedRows<float> output_delta() { return output_delta_; }
  [[nodiscard]] StridedRows<float> prediction() {
    return fused_loss() ? StridedRows<float>{prediction_.data(), output_.stride} : output_;
  }
  /// Some rows of the batch, as a loss reads them. weighted: by weights().
  [[nodiscard]] LossBatch loss_batch(IndexRange rows, bool weighted);
  [[nodiscard]] std::int64_t floats() const;

 private:
  void find_deltas(const Network& network, const Loss* loss);
  void place_inputs(const Network& network);
  void place_outputs(const Network& network);

  const std::vector<NetworkOutput>* judged_;
  std::int64_t batch_, feature_stride_, output_width_, target_width_ = 0;
  std::vector<char> fused_;        // by output
  std::vector<char> needs_delta_;  // by value
  std::vector<ValueBuffers> values_;
  StridedRows<float> output_, output_delta_;
  Buffer features_, targets_, row_weights_, activations_, deltas_, prediction_;
};

}  // namespace millrace
