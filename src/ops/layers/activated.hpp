// SPDX-License-Identifier: Apache-2.0
//
// The activation at the end of a layer that computes logits: in the kernel that makes them; after it, in place; or
// after it from a buffer of its own, when backward wants the logits.
#pragma once

#include <memory>

#include "base/buffer.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

class ActivatedOutput {
 public:
  /// The activation works on runs of `units` floats, of which a row of the output has one or several, without gaps.
  ActivatedOutput(std::shared_ptr<const Activation> activation, const LayerContext& context, std::int64_t units)
      : activation_(std::move(activation)), output_(context.output), units_(units), runs_(output_.width / units) {
    if (context.skip_activation || activation_->is_linear()) return;
    apply_derivative_ = context.training;
    const bool keep_logits = context.training && !activation_->backward_reads_output();
    if (!keep_logits && activation_->fused().kind != Eltwise::Kind::none) {
      fused_ = activation_->fused();
      return;
    }
    separate_ = true;
    if (keep_logits) logits_ = Buffer(context.batch * output_.stride);
  }

  /// What the kernel applies itself.
  [[nodiscard]] const Eltwise& fused() const { return fused_; }
  /// Where the kernel writes.
  [[nodiscard]] float* logits(IndexRange rows) {
    return (logits_.size() > 0 ? logits_.data() : output_.data) + rows.begin * output_.stride;
  }
  /// Whether there is something to do after the kernel.
  [[nodiscard]] bool separate() const { return separate_; }
  /// After the kernel.
  void forward(IndexRange rows) {
    if (separate_)
      activation_->forward({logits(rows), stride()}, {output_.data + rows.begin * output_.stride, stride()},
                           rows.size() * runs_, units_);
  }
  /// output.delta becomes that of the logits.
  void backward(IndexRange rows) {
    if (!apply_derivative_) return;
    const float* saved =
        activation_->backward_reads_output() ? output_.data + rows.begin * output_.stride : logits(rows);
    activation_->backward({saved, stride()}, {output_.delta + rows.begin * output_.stride, stride()},
                          rows.size() * runs_, units_);
  }

 private:
  [[nodiscard]] std::int64_t stride() const { return runs_ == 1 ? output_.stride : units_; }

  std::shared_ptr<const Activation> activation_;
  ValueBuffers output_;
  std::int64_t units_, runs_;
  Eltwise fused_;
  bool separate_ = false, apply_derivative_ = false;
  Buffer logits_;  // [batch x width], only when backward reads them
};

}  // namespace millrace
