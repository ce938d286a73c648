// SPDX-License-Identifier: Apache-2.0
//
// The position and the sums of a run of training; checkpoints save them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/formatted.hpp"
#include "millrace/training.hpp"
#include "ops/metrics/metric_set.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {

/// Everything that resuming needs besides the weights and the optimizer's state.
struct TrainingState {
  std::int64_t iteration = 0;           ///< updates in all runs; the optimizer's count
  std::int64_t steps = 0;               ///< steps in all runs; more than updates if gradients accumulate
  std::int64_t earlier_epochs = 0;      ///< epochs of earlier runs
  std::int64_t epoch = 0;               ///< finished epochs of this run
  std::int64_t step = 0;                ///< finished steps of the current epoch
  double loss_sum = 0;                  ///< over the rows of the current epoch so far
  double loss_weight = 0;               ///< divisor of loss_sum: number of these rows; torch semantics: their weights
  std::vector<double> metric_sums;      ///< over the same rows
  KeptRows kept;                        ///< the same rows' outputs, for metrics that need a whole epoch
  std::vector<Epoch> history;           ///< the finished epochs
  std::int64_t curvature_pairs = 0;     ///< pairs that L-BFGS has stored since its memory was empty
  double rate_scale = 1;                ///< factor of the learning rate, set by callbacks
  std::optional<double> learning_rate;  ///< set by Model::set_learning_rate; empty: the schedule's
  std::string stopped;                  ///< why the run ended before its last epoch; empty: it did not
  /// What resuming with FitOptions::change has changed, and where: "after epoch 2: seed (1 before, 5 from then on)".
  std::vector<std::string> changes{};
  std::map<std::string, CallbackState> callbacks;  ///< by CallbackList's names
  /// Prefix of the checkpoint's tensors that hold the model's weights (averages, or a callback's); empty: the weights
  /// themselves.
  std::string model_tensors;

  /// Finished epochs of all runs.
  [[nodiscard]] std::int64_t all_epochs() const { return earlier_epochs + epoch; }
  /// Mean loss of the current epoch so far; 0 before its first step.
  [[nodiscard]] double mean_loss() const { return loss_weight > 0 ? loss_sum / loss_weight : 0; }
};

/// "after epoch 2 and 5 steps".
[[nodiscard]] inline std::string place_in_run(const TrainingState& at) {
  return "after epoch " + std::to_string(at.epoch) + (at.step > 0 ? " and " + counted(at.step, "step") : "");
}

/// Prefix of the tensors with a callback's weights in a checkpoint.
[[nodiscard]] inline std::string callback_tensors(const std::string& callback) { return "callbacks/" + callback + "/"; }
/// Prefix of the tensors with a buffer of the parameter store in a checkpoint.
[[nodiscard]] inline std::string buffer_tensors(const std::string& buffer) { return "optimizer/" + buffer + "/"; }

}  // namespace millrace
