// SPDX-License-Identifier: Apache-2.0
//
// One training step on a batch that is cut into slices (`--slices`), which the ranks of a cluster share. Each slice has
// its row phase and its gradient; the gradients are added in the order of a fixed tree, and every rank makes the same
// update. So one process with as many slices gives the bits of any cluster.
#pragma once

#include <atomic>
#include <vector>

#include "step/gradient_sum.hpp"
#include "step/sliced_plan.hpp"
#include "step/step.hpp"

namespace millrace {

class SlicedStep {
 public:
  /// plan: of full batches. Throws Error{usage} for a network with sparse updates.
  SlicedStep(const Network& network, const Loss& loss, Updater& updater, const ParameterStore& store,
             const MetricSet& metrics, const SlicedPlan& plan, Ranks& ranks);

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
  struct Slice {
    Plan& plan;
    Step& step;
    BatchSource source;
    MetricSink sink;
  };
  template <class Use>
  void for_each_slice(SlicedPlan& plan, const BatchSource& source, const MetricSink& sink, const Use& use);
  void couple(const Phases& phases, SlicedPlan& plan, const RowPass& pass);
  void share_sums(const Phases& phases, SlicedPlan& plan, const MetricSink& sink);
  void share_rows(SlicedPlan& plan, const MetricSink& sink);
  double update(const Phases& phases, float* gradient);
  /// The ranges of `of_ranks` times `width`, in memory that the next call uses again.
  std::span<const IndexRange> wide(const std::vector<IndexRange>& of_ranks, std::int64_t width);

  struct UpdateJob {
    int parameter = 0;
    GradientBlock block;      // of the whole parameter; offset 0
    std::int64_t offset = 0;  // of its gradient
  };
  void plan_updates(const Network& network, const ParameterStore& store);

  Semantics semantics_;
  Updater* updater_;
  std::int64_t metric_sums_;
  Ranks* ranks_;
  GradientSum gradient_;
  std::vector<Step> steps_;  // of the owned slices
  std::vector<UpdateJob> updates_;
  std::vector<double> penalties_;  // by update
  std::vector<double> sums_;       // [slices x (loss, metric sums...)], then [ranks] requests to stop
  std::vector<double> coupled_;    // [slices x sums of a layer], then their total
  std::vector<IndexRange> ranges_, rows_;
  const std::atomic<bool>* stop_ = nullptr;
  bool stopped_ = false;
};

}  // namespace millrace
