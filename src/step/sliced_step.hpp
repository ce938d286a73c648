// SPDX-License-Identifier: Apache-2.0
//
// One training step on a batch that is cut into slices (`--slices`), which the ranks of a cluster share. Each slice has
// its row phase and its gradient; the gradients are added in the order of a fixed tree, and every rank makes the same
// update. So one process with as many slices gives the bits of any cluster. Of a bucket of the gradient, the sum travels
// and the update follows while the gradients of the next buckets are computed.
#pragma once

#include <atomic>
#include <utility>
#include <vector>

#include "step/compiled_network.hpp"
#include "step/gradient_sum.hpp"
#include "step/sliced_plan.hpp"
#include "step/step.hpp"

namespace millrace {

class SlicedStep {
 public:
  /// plan: of full batches; workers: of this rank. All ranks make theirs at once.
  SlicedStep(CompiledNetwork& compiled, const SlicedPlan& plan, int workers, Wire wire, Ranks& ranks);

  /// As Step::run(), on this rank's part of the batch; `source` is the whole batch, and so are the sums. The ranks get
  /// the rows that metrics keep from one another.
  BatchSums run(Crew& crew, SlicedPlan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
                Profile* profile);
  void check_phases(bool on);

  /// A request to stop, from this rank's signal handler: null if there is none.
  void watch(const std::atomic<bool>* stop) { stop_ = stop; }
  /// Whether any rank had seen such a request at the end of the last step.
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  /// jobs_by_bucket() of the owned slices.
  [[nodiscard]] const std::vector<std::vector<BucketJobs>>& jobs_of(SlicedPlan& plan);
  void couple(const Phases& phases, SlicedPlan& plan, const RowPass& pass);
  void collect_sums(SlicedPlan& plan);
  [[nodiscard]] double add_sums(const SlicedPlan& plan, std::span<double> metric_sums);
  void share_rows(SlicedPlan& plan, const MetricSink& sink);
  void train(Crew& crew, SlicedPlan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
             double divisor, Profile* profile);
  template <class Use>
  void weight_phase(const Phases& all, SlicedPlan& plan, const Use& for_slices);
  void update(const Phases& phases, const Bucket& bucket);
  /// The ranges of `of_ranks` times `width`, in memory that the next call uses again.
  std::span<const IndexRange> wide(const std::vector<IndexRange>& of_ranks, std::int64_t width);

  const Network* network_;
  Updater* updater_;
  std::int64_t metric_sums_;
  Ranks* ranks_;
  GradientPlaces places_;
  GradientSum gradient_;
  RowSums row_sums_;
  std::vector<Step> steps_;  // of the owned slices
  std::vector<std::pair<const SlicedPlan*, std::vector<std::vector<BucketJobs>>>> jobs_;
  std::vector<double> penalties_;  // by update
  std::vector<double> sums_;       // by rank: [its slices x (loss, metric sums...)], then whether it was asked to stop
  std::vector<double> coupled_;    // [slices x sums of a layer], then their total
  std::vector<IndexRange> ranges_, rows_;
  const std::atomic<bool>* stop_ = nullptr;
  bool stopped_ = false;
};

}  // namespace millrace
