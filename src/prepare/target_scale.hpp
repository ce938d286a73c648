// SPDX-License-Identifier: Apache-2.0
//
// The scale of numeric targets: training sees scaled targets, predictions and metrics are in the target's own unit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "millrace/data.hpp"
#include "ops/graph_node.hpp"
#include "ops/metrics/metric_set.hpp"
#include "prepare/scalers/scaler.hpp"

namespace millrace {

class TargetScale final : public TargetUnit {
 public:
  /// `way`: a scaler that can be inverted, "standard" or "log1p". Fits one per target column, on all rows of `training`.
  /// Throws Error: usage (way), data (a target is not finite).
  [[nodiscard]] static TargetScale fit(const Dataset& training, const std::string& way);
  /// From the numbers of a file, by target column. Throws Error{usage}.
  [[nodiscard]] static TargetScale restore(const std::string& way, const std::vector<std::vector<double>>& numbers);

  [[nodiscard]] const std::string& way() const { return way_; }
  [[nodiscard]] std::vector<std::vector<double>> numbers() const;
  [[nodiscard]] std::int64_t outputs() const { return std::ssize(scalers_); }

  /// The set with scaled targets. Throws Error{usage} for another number of target columns.
  [[nodiscard]] Dataset scaled(const Dataset& data) const;
  [[nodiscard]] float own(std::int64_t output, float scaled) const override {
    return scalers_[output]->unscaled(scaled);
  }
  /// Throws Error{usage} unless it scales targets of `width` outputs.
  void check_outputs(std::int64_t width) const;
  /// Predictions, [rows x outputs], in the target's own unit. Throws as check_outputs().
  void undo(Matrix& outputs) const;
  /// Adds the nodes that undo the scale of `input`, [batch x outputs]; the result is called `output`.
  void to_onnx(PlainGraph& graph, const std::string& input, const std::string& output) const;

 private:
  std::string way_;
  std::vector<std::shared_ptr<const Scaler>> scalers_;  // by output
};

}  // namespace millrace
