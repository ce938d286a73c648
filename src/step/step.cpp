// SPDX-License-Identifier: Apache-2.0
#include "step/step.hpp"

#include <algorithm>

#include "base/vectorize.hpp"
#include "data/batches.hpp"

namespace millrace {

namespace {

// a += b
MILLRACE_VECTORIZED void add_run(float* __restrict a, const float* __restrict b, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) a[i] += b[i];
}

}  // namespace

void Scratch::reserve(int workers, std::int64_t floats) {
  if (workers <= workers_ && floats <= stride_) return;
  workers_ = std::max(workers, workers_);
  stride_ = std::max(round_up(floats, cache_line_floats), stride_);
  memory_ = Buffer(workers_ * stride_);
}

Step::Step(const Network& network, const Loss& loss, Updater& updater,
           std::span<const std::shared_ptr<const Metric>> metrics)
    : network_(&network), loss_(&loss), updater_(&updater), metrics_(metrics.begin(), metrics.end()) {
  for (const auto& metric : metrics_) metric_floats_ += metric->state_size();
}

BatchSums Step::run(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source,
                    std::span<double> metric_states, Profile* profile) {
  const std::size_t shards = plan.shards().size(), gradient_jobs = plan.gradient_jobs().size(),
                    reduce_jobs = plan.reduce_jobs().size();
  // Grow once, for the largest plan; later steps find the room there.
  shard_losses_.resize(std::max(shard_losses_.size(), shards));
  shard_metrics_.resize(std::max(shard_metrics_.size(), shards * static_cast<std::size_t>(metric_floats_)));
  if (updater_->penalised()) job_penalties_.assign(std::max(job_penalties_.size(), gradient_jobs + reduce_jobs), 0.0);

  row_phase(crew, plan, scratch, source, profile);
  run_phase(Phase::weights, crew, static_cast<std::int64_t>(gradient_jobs), profile,
            [&](std::int64_t job, int worker) { gradient(plan, job, scratch.of(worker)); });
  run_phase(Phase::reduce, crew, static_cast<std::int64_t>(reduce_jobs), profile,
            [&](std::int64_t job, int) { reduce(plan, job); });
  updater_->end_step(crew, profile);
  return add_up(plan, metric_states);
}

void Step::row_phase(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, Profile* profile) {
  for (const RowPass& pass : plan.passes()) {
    const auto forward = [&](std::int64_t part, float* memory) {
      for (int node = pass.forward_begin; node < pass.forward_end; ++node) plan.kernel(node).forward(part, memory);
    };
    const auto backward = [&](std::int64_t part, float* memory) {
      for (int node = pass.backward_end - 1; node >= pass.backward_begin; --node) {
        if (plan.trains(node)) plan.kernel(node).backward(part, memory);
      }
    };
    if (pass.coupled) {
      const std::int64_t jobs = plan.kernel(std::max(pass.forward_begin, pass.backward_begin)).coupled_jobs();
      run_phase(Phase::coupled, crew, jobs, profile, [&](std::int64_t job, int worker) {
        forward(job, scratch.of(worker));
        backward(job, scratch.of(worker));
      });
      continue;
    }
    run_phase(Phase::rows, crew, static_cast<std::int64_t>(plan.shards().size()), profile,
              [&](std::int64_t shard, int worker) {
                const RowRange rows = plan.shards()[static_cast<std::size_t>(shard)];
                if (pass.gather) gather(plan, source, rows);
                forward(shard, scratch.of(worker));
                if (pass.loss) loss_and_metrics(plan, shard, rows, source.weights != nullptr);
                backward(shard, scratch.of(worker));
              });
  }
}

void Step::gather(Plan& plan, const BatchSource& source, RowRange rows) const {
  const auto table_rows =
      source.rows.subspan(static_cast<std::size_t>(rows.begin), static_cast<std::size_t>(rows.size()));
  const Strided<float> features = plan.features(), targets = plan.targets();
  gather_rows(source.features, table_rows, features.row(rows.begin), features.stride);
  gather_rows(source.targets, table_rows, targets.row(rows.begin), targets.stride);
  if (source.weights == nullptr) return;
  for (std::int64_t r = rows.begin; r < rows.end; ++r)
    plan.weights()[r] = source.weights[source.rows[static_cast<std::size_t>(r)]];
}

void Step::loss_and_metrics(Plan& plan, std::int64_t shard, RowRange rows, bool weighted) {
  const std::int64_t outputs = network_->output_width();
  LossRows view;
  view.rows = rows.size();
  view.outputs = outputs;
  view.output = {plan.output().row(rows.begin), outputs};
  view.target = {plan.targets().row(rows.begin), plan.target_width()};
  view.weights = weighted ? plan.weights() + rows.begin : nullptr;
  if (plan.fused_loss()) view.prediction = {plan.prediction().row(rows.begin), outputs};
  view.delta = {plan.output_delta().row(rows.begin), outputs};
  view.scale = 1.0F / static_cast<float>(plan.batch());
  view.row_losses_sum = &shard_losses_[static_cast<std::size_t>(shard)];
  loss_->rows(view, plan.fused_loss());

  const MetricRows metric_rows{rows.size(),         outputs,
                               plan.target_width(), {plan.prediction().row(rows.begin), outputs},
                               view.target,         view.weights};
  double* state = shard_metrics_.data() + shard * metric_floats_;
  std::fill_n(state, metric_floats_, 0.0);
  for (const auto& metric : metrics_) {
    metric->update(metric_rows, {state, static_cast<std::size_t>(metric->state_size())});
    state += metric->state_size();
  }
}

void Step::gradient(Plan& plan, std::int64_t index, float* scratch) {
  const GradientJob& job = plan.gradient_jobs()[static_cast<std::size_t>(index)];
  float* memory = job.partial != nullptr ? job.partial : scratch + plan.kernel_scratch();
  plan.kernel(job.node).gradient(job.tile, job.slice, memory, scratch);
  if (job.partial != nullptr) return;
  double penalty = 0;
  for (const GradientBlock& block : plan.kernel(job.node).blocks(job.tile)) penalty += take(job.node, block, memory);
  if (updater_->penalised()) job_penalties_[static_cast<std::size_t>(index)] = penalty;
}

// Slices are added as a tree, (0+1)+(2+3)..., the same for any number of threads.
void Step::reduce(Plan& plan, std::int64_t index) {
  const ReduceJob& job = plan.reduce_jobs()[static_cast<std::size_t>(index)];
  const std::int64_t floats = job.block.rows.size() * job.block.stride;
  float* first = job.partial + job.block.offset;
  for (std::int64_t step = 1; step < job.slices; step *= 2) {
    for (std::int64_t slice = 0; slice + step < job.slices; slice += 2 * step)
      add_run(first + slice * job.slice_stride, first + (slice + step) * job.slice_stride, floats);
  }
  const double penalty = take(job.node, job.block, job.partial);
  if (updater_->penalised()) job_penalties_[plan.gradient_jobs().size() + static_cast<std::size_t>(index)] = penalty;
}

double Step::take(int node, const GradientBlock& block, float* gradient) {
  const int parameter =
      network_->nodes()[static_cast<std::size_t>(node)].parameters[static_cast<std::size_t>(block.parameter)];
  return updater_->take(parameter, block, gradient);
}

BatchSums Step::add_up(const Plan& plan, std::span<double> metric_states) const {
  BatchSums sums;
  for (std::size_t shard = 0; shard < plan.shards().size(); ++shard) {
    sums.loss += shard_losses_[shard];
    const auto floats = static_cast<std::size_t>(metric_floats_);
    for (std::size_t i = 0; i < floats; ++i) metric_states[i] += shard_metrics_[shard * floats + i];
  }
  for (const double penalty : job_penalties_) sums.penalty += penalty;
  return sums;
}

}  // namespace millrace
