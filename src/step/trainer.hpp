// SPDX-License-Identifier: Apache-2.0
//
// Epochs over a table: order of rows, steps, validation, callbacks, and the state a checkpoint needs to go on.
#pragma once

#include <memory>
#include <vector>

#include "base/crew.hpp"
#include "data/batches.hpp"
#include "step/inference.hpp"
#include "step/step.hpp"

namespace millrace {

/// Where a run stands: with the weights and the optimizer's state, all that resuming needs.
struct RunState {
  std::int64_t iteration = 0;         ///< updates made, over all runs: what the optimizer counts
  std::int64_t steps = 0;             ///< steps made, over all runs; more than updates where gradients accumulate
  std::int64_t epoch = 0;             ///< epochs finished in this run
  std::int64_t step = 0;              ///< steps done of the epoch after that
  double loss_sum = 0;                ///< over the rows of those steps
  std::vector<double> metric_states;  ///< likewise
  std::vector<Epoch> history;         ///< of the finished epochs
};

class Trainer {
 public:
  Trainer(Network& network, const CompileOptions& options);

  /// Throws unless `data`, prepared or not, has rows, targets and weights to be trained or evaluated on: shapes
  /// (usage), targets (data).
  void check(const Dataset& data, const char* what) const;
  /// Trains `data`, checked and with prepared features; validates on `validation` when not null. Starts at state(),
  /// which is where a resumed run goes on. `save` is called when the state should be kept.
  History fit(const Dataset& data, const Dataset* validation, const FitOptions& options,
              const std::function<void()>& save);

  [[nodiscard]] Evaluation evaluate(const Dataset& data, int threads);
  [[nodiscard]] std::string describe_plan(std::int64_t batch, GemmChoice gemm);

  [[nodiscard]] RunState& state() { return state_; }
  [[nodiscard]] ParameterStore& store() { return store_; }
  [[nodiscard]] Updater& updater() { return updater_; }
  /// Between the network's flat buffer and the store.
  void load_weights() { store_.load(ParameterStore::weights, network_->values()); }
  void save_weights() { store_.save(ParameterStore::weights, network_->values()); }

 private:
  struct Run;
  void train_epoch(Run& run);
  void report_epoch(Run& run, double seconds);
  [[noreturn]] void report_non_finite(Run& run, Plan& plan, double loss) const;

  Network* network_;
  std::shared_ptr<const Loss> loss_;
  std::shared_ptr<const Optimizer> optimizer_;
  std::vector<NamedMetric> metrics_;
  ParameterStore store_;
  Updater updater_;
  RunState state_;
};

/// "auto", "onednn", "openblas"; throws Error{usage}.
[[nodiscard]] GemmChoice gemm_choice(const std::string& name);

}  // namespace millrace
