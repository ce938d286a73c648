// SPDX-License-Identifier: Apache-2.0
//
// Where a run of training stands, and how that gets to the disk: what trainer and checkpoint have in common.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "millrace/training.hpp"
#include "ops/metrics/metric_set.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {

/// With the weights and the optimizer's state, all that resuming needs.
struct RunState {
  std::int64_t iteration = 0;        ///< updates made, over all runs: what the optimizer counts
  std::int64_t steps = 0;            ///< steps made, over all runs; more than updates where gradients accumulate
  std::int64_t earlier_epochs = 0;   ///< epochs of the runs before this one
  std::int64_t epoch = 0;            ///< epochs finished in this run
  std::int64_t step = 0;             ///< steps done of the epoch after that
  double loss_sum = 0;               ///< over the rows of those steps
  double loss_weight = 0;            ///< what that is divided by: those rows, or, in PyTorch's dialect, their weights
  std::vector<double> metric_sums;   ///< of those rows
  KeptRows kept;                     ///< those rows, where a metric wants to see all of an epoch
  std::vector<Epoch> history;        ///< of the finished epochs
  std::int64_t curvature_pairs = 0;  ///< what L-BFGS has taken into its memory since that was empty
  double rate_scale = 1;             ///< factor of the learning rate that callbacks have set
  std::optional<double> learning_rate;  ///< set by Model::set_learning_rate; empty: the schedule's
  std::string stopped;                  ///< why the run is over before its last epoch; empty: it is not
  std::map<std::string, CallbackState> callbacks;
  /// Of a checkpoint: the tensors that are the model, the averages or a callback's; empty: the weights themselves.
  std::string model_tensors;

  /// Epochs of all runs.
  [[nodiscard]] std::int64_t all_epochs() const { return earlier_epochs + epoch; }
  /// Of the epoch so far.
  [[nodiscard]] double mean_loss() const { return loss_weight > 0 ? loss_sum / loss_weight : 0; }
};

/// How the state of a run gets to the disk.
struct RunFiles {
  std::function<void()> save;  ///< the whole state
  std::function<void(const std::string& path, std::span<const float> weights, std::int64_t epochs)> write_model;
};

/// Where a checkpoint has a callback's weights, by the callback's name.
[[nodiscard]] inline std::string callback_tensors(const std::string& callback) { return "callbacks/" + callback + "/"; }
/// Where it has what the store keeps for every parameter, by the buffer's name.
[[nodiscard]] inline std::string buffer_tensors(const std::string& buffer) { return "optimizer/" + buffer + "/"; }

}  // namespace millrace
