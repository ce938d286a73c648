// SPDX-License-Identifier: Apache-2.0
//
// Trains a workload step by step, with everything that the trainer sets up for a run, but without epochs.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <vector>

#include "harness/workload.hpp"
#include "step/step.hpp"
#include "support/test_network.hpp"
#include "table/batches.hpp"

namespace millrace::bench {

class Training {
 public:
  explicit Training(const Workload& workload);
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  /// Throws unless the first step gives the loss, gradient and weights of the references in double, and the same bits
  /// with `threads` threads. Checks each number of threads once.
  void verify(int threads);
  /// Back to initial weights: after thousands of epochs the weights are not like those of any user.
  void restart();
  /// Trains on the next full batch, in an order that is drawn once.
  BatchSums step(Crew& crew, Profile* profile = nullptr);
  /// Cuts the row phase of the next steps for this many workers; 0: for those that there are.
  void cut_for(int workers) { step_.cut_for(workers); }
  void reserve(int threads) { scratch_.reserve(threads, plan_.worker_scratch()); }

  [[nodiscard]] Plan& plan() { return plan_; }
  [[nodiscard]] const Network& network() const { return network_; }

 private:
  void compare_with_reference(double loss, std::span<const float> moment, std::span<const float> after) const;
  BatchSums run(Crew& crew, std::span<const std::int64_t> rows, Profile* profile);

  Workload workload_;
  Table table_;
  Dataset data_;
  test::TestNetwork network_;
  std::shared_ptr<const Loss> loss_;
  std::shared_ptr<const Optimizer> optimizer_;
  ParameterStore store_;
  Updater updater_;
  StepPosition position_;
  Plan plan_;
  Step step_;
  Scratch scratch_;
  Batches batches_;
  std::int64_t iteration_ = 0;
  std::set<int> verified_;               // numbers of threads
  std::vector<float> verified_weights_;  // after the first step
};

/// The prepared training of a workload. Only the last one is kept.
[[nodiscard]] Training& training_of(const Workload& workload);

}  // namespace millrace::bench
