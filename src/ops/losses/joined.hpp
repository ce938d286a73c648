// SPDX-License-Identifier: Apache-2.0
//
// The losses of several outputs as one: their sum, each times its weight. Outputs lie side by side, and so do targets.
// Members of an ensemble have the same targets, and their loss is the mean.
#pragma once

#include <memory>
#include <vector>

#include "ops/losses/loss.hpp"

namespace millrace {

/// A part of the outputs, with its part of the targets.
struct LossPart {
  std::shared_ptr<const Loss> loss;            ///< null: nothing trains these outputs
  double weight = 1;                           ///< of the loss
  std::int64_t first_output = 0, outputs = 0;  ///< columns
  std::int64_t first_target = 0, targets = 0;  ///< columns
  bool fused = false;                          ///< the outputs are the logits of the loss's fused_activation()
};

class JoinedLoss final : public Loss {
 public:
  /// parts: all outputs, in order. members: what the sum is divided by, but not its gradients: each member of an ensemble
  /// learns as it would alone.
  explicit JoinedLoss(std::vector<LossPart> parts, double members = 1) : parts_(std::move(parts)), members_(members) {}

  [[nodiscard]] const std::vector<LossPart>& parts() const { return parts_; }
  TargetKind targets() const override { return TargetKind::numbers; }
  std::int64_t target_width(std::int64_t) const override {
    return parts_.empty() ? 0 : parts_.back().first_target + parts_.back().targets;
  }
  std::string column_problem(std::int64_t column, float value, std::int64_t outputs) const override;
  std::string column_remedy(std::int64_t column, float value, std::int64_t outputs) const override;
  const Loss* of_output(std::size_t output) const override { return parts_[output].loss.get(); }
  void rows(const LossBatch& rows, bool fused) const override;
  double reference(std::span<const double> output, std::span<const double> target) const override;

 private:
  std::vector<LossPart> parts_;
  double members_;
};

}  // namespace millrace
