// SPDX-License-Identifier: Apache-2.0
#include "step/step_speed.hpp"

#include <algorithm>

#include "base/shape.hpp"
#include "step/row_jobs.hpp"

namespace millrace {

namespace {

constexpr double work_of_update = 30;

class SpeedCount {
 public:
  SpeedCount(const StepJobs& jobs, int workers) : jobs_(jobs), workers_(workers) {}

  StepSpeed speed() {
    const RowJobs rows = plan_row_phase(jobs_.kernels, jobs_.shards, workers_);
    for (const RowPass& pass : rows.passes) add_pass(pass);
    add_weight_phase();
    return {work_ / span_, phases_};
  }

 private:
  // Jobs of equal length.
  void add_phase(std::int64_t jobs, double longest, double work) {
    ++phases_;
    work_ += work;
    span_ += longest * static_cast<double>(ceil_div(jobs, workers_));
  }

  // Multiply-adds of a layer for one shard.
  [[nodiscard]] double product(int node) const {
    return jobs_.kernels[node]->multiply_adds() / static_cast<double>(jobs_.shards);
  }
  [[nodiscard]] double activation(int node) const {
    const Network& network = *jobs_.network;
    return static_cast<double>(jobs_.batch * element_count(network.value_shape(network.input_count() + node))) /
           static_cast<double>(jobs_.shards);
  }
  [[nodiscard]] double backward(int node) const {
    return jobs_.values[jobs_.network->nodes()[node].inputs[0]].delta != nullptr ? product(node) : 0;
  }
  [[nodiscard]] double gradient(int node) const {
    return jobs_.weight_jobs->shard_gradients[node].empty() ? 0 : product(node);
  }

  void add_pass(const RowPass& pass) {
    if (pass.parts > 1) return add_parts(pass);
    double shard = pass.ends_forward != no_node ? activation(pass.ends_forward) : 0;
    for (int node = pass.forward_begin; node < pass.forward_end; ++node) shard += product(node) + activation(node);
    for (int node = pass.backward_begin; node < pass.backward_end; ++node)
      shard += activation(node) + backward(node) + gradient(node);
    if (const int next = pass.begins_backward; next != no_node) shard += activation(next) + gradient(next);
    add_phase(jobs_.shards, shard, shard * static_cast<double>(jobs_.shards));
  }

  void add_parts(const RowPass& pass) {
    const bool forward = pass.forward_begin < pass.forward_end;
    const int node = forward ? pass.forward_begin : pass.backward_begin;
    const LayerKernel& kernel = *jobs_.kernels[node];
    const std::int64_t cuts = forward ? kernel.forward_cuts() : kernel.backward_cuts();
    const double shard = forward ? product(node) + activation(node) : backward(node),
                 longest = shard * static_cast<double>(ceil_div(cuts, pass.parts)) / static_cast<double>(cuts);
    add_phase(jobs_.shards * pass.parts, longest, shard * static_cast<double>(jobs_.shards));
  }

  // The longest jobs come first, so short ones fill the gaps.
  void add_weight_phase() {
    Jobs weights, reduce;
    for (const GradientJob& job : jobs_.weight_jobs->gradients) {
      const GradientTile& tile = jobs_.kernels[job.node]->tiles()[job.tile];
      const double rows = static_cast<double>(jobs_.batch) / static_cast<double>(tile.slices);
      weights.add(static_cast<double>(tile.floats) * (rows + (tile.slices == 1 ? work_of_update : 0)));
    }
    for (const ReduceJob& job : jobs_.weight_jobs->reductions)
      (job.by_shard ? weights : reduce)
          .add(static_cast<double>(job.floats) * (static_cast<double>(job.slices) + work_of_update));
    for (const Jobs& phase : {weights, reduce}) {
      if (phase.work == 0) continue;
      ++phases_;
      work_ += phase.work;
      span_ += std::max(phase.longest, phase.work / workers_);
    }
  }

  struct Jobs {
    double work = 0, longest = 0;
    void add(double job) {
      work += job;
      longest = std::max(longest, job);
    }
  };

  const StepJobs& jobs_;
  int workers_;
  double work_ = 0, span_ = 0;
  int phases_ = 0;
};

}  // namespace

StepSpeed most_speed(const StepJobs& jobs, int workers) { return SpeedCount(jobs, workers).speed(); }

}  // namespace millrace
