// SPDX-License-Identifier: Apache-2.0
//
// Epochs over a table: order of rows, steps, validation, callbacks, and the state a checkpoint needs to go on.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/crew.hpp"
#include "data/batches.hpp"
#include "ops/schedules/schedule.hpp"
#include "step/callbacks/callback.hpp"
#include "step/inference.hpp"
#include "step/lbfgs.hpp"
#include "step/step.hpp"

namespace millrace {

/// Where a run stands: with the weights and the optimizer's state, all that resuming needs.
struct RunState {
  std::int64_t iteration = 0;        ///< updates made, over all runs: what the optimizer counts
  std::int64_t steps = 0;            ///< steps made, over all runs; more than updates where gradients accumulate
  std::int64_t earlier_epochs = 0;   ///< epochs of the runs before this one
  std::int64_t epoch = 0;            ///< epochs finished in this run
  std::int64_t step = 0;             ///< steps done of the epoch after that
  double loss_sum = 0;               ///< over the rows of those steps
  double loss_weight = 0;            ///< what that is divided by: those rows, or their weights
  std::vector<double> metric_sums;   ///< of those rows
  KeptRows kept;                     ///< those rows, where a metric wants to see all of an epoch
  std::vector<Epoch> history;        ///< of the finished epochs
  std::int64_t curvature_pairs = 0;  ///< what L-BFGS has taken into its memory since that was empty
  double rate_scale = 1;             ///< what callbacks have multiplied the learning rate with
  std::string stopped;               ///< why the run is over before its last epoch; empty: it is not
  std::map<std::string, CallbackState> callbacks;
  /// Of a checkpoint: the tensors that are the model, the averages or a callback's; empty: the weights themselves.
  std::string model_tensors;
};

/// How the state of a run gets to the disk.
struct RunFiles {
  std::function<void()> save;  ///< the whole state
  std::function<void(const std::string& path, std::span<const float> weights, std::int64_t epochs)> write_model;
};

class Trainer {
 public:
  Trainer(Network& network, const CompileOptions& options);

  /// Throws unless `data`, prepared or not, whose extents fit, has finite features, and targets and weights to be
  /// trained or evaluated on: shapes (usage), numbers (data).
  void check(const Dataset& data, const char* what) const;
  /// Trains `data`, checked and with prepared features; validates on `validation` when not null. Starts at state(),
  /// which is where a resumed run goes on.
  History fit(const Dataset& data, const Dataset* validation, const FitOptions& options, const RunFiles& files);

  /// Of the network's weights; while fit() runs, of the weights of that moment.
  [[nodiscard]] Evaluation evaluate(const Dataset& data, int threads);
  [[nodiscard]] std::string describe_plan(std::int64_t batch, GemmChoice gemm);

  /// Whether fit() has begun to change weights and has not come to its end. After an exception out of a step it never
  /// will: the state is half of that step's.
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] RunState& state() { return state_; }
  [[nodiscard]] ParameterStore& store() { return store_; }
  [[nodiscard]] Updater& updater() { return updater_; }
  /// Between the network's flat buffer and the store.
  void load_weights() { store_.load(ParameterStore::weights, std::as_const(*network_).values()); }
  void save_weights() { store_.save(ParameterStore::weights, network_->values()); }

 private:
  struct Run;
  void check_output_activation() const;
  /// The schedule of a run of so many epochs, by what it counts.
  [[nodiscard]] std::shared_ptr<const Schedule> schedule(std::int64_t epochs, std::int64_t batches) const;
  /// What it counts at step number `steps`.
  [[nodiscard]] std::int64_t schedule_count(std::int64_t steps) const;
  void make_callbacks(const FitOptions& options, bool validates);
  [[nodiscard]] RunView view(Run& run);
  /// Brings the state to the disk, and what callbacks write.
  void keep(Run& run);
  void restore_weights(History& history);
  /// Where no step was made there is nothing to average.
  [[nodiscard]] bool averages_are_the_model() const { return !updater_.averages().empty() && state_.iteration > 0; }
  [[nodiscard]] bool finished(const FitOptions& options) const;
  void train_epoch(Run& run);
  /// One step on a batch.
  BatchSums advance(Run& run, Plan& plan, const BatchSource& source, const MetricSink& sink);
  void report_epoch(Run& run, double seconds);
  void report_profile(const Profile& profile, History& history) const;
  [[nodiscard]] double mean_loss() const {  ///< of the epoch so far
    return state_.loss_weight > 0 ? state_.loss_sum / state_.loss_weight : 0;
  }
  [[noreturn]] void report_non_finite(Run& run, Plan& plan, double loss) const;

  Network* network_;
  std::shared_ptr<const Loss> loss_;
  std::shared_ptr<const Optimizer> optimizer_;
  MetricSet metrics_;
  OpConfig schedule_;
  PaceOptions pace_;
  ParameterStore store_;
  Updater updater_;
  std::unique_ptr<LbfgsMinimizer> lbfgs_;  // null: the updater moves the weights
  RunState state_;
  bool running_ = false;
  bool whole_ = true;  // weights and state are those of the same step, and finite
  struct NamedCallback {
    std::string name;  // unique: early_stopping, early_stopping_2
    std::unique_ptr<Callback> callback;
  };
  std::vector<NamedCallback> callbacks_;
};

/// "auto", "onednn", "openblas"; throws Error{usage}.
[[nodiscard]] GemmChoice gemm_choice(const std::string& name);

}  // namespace millrace
